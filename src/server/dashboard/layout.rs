//! The frame of every page: head, navigation, what is read aloud when something changes, and what
//! the browser may do.

use actix_web::{HttpResponse, HttpResponseBuilder, http::header::CONTENT_SECURITY_POLICY};
use jiff::Timestamp;

use crate::server::html::{Escaped, time};

/// Pages may load only boathook's own files, and send requests only to boathook.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// The places of the navigation.
const PLACES: [(&str, &str); 3] =
    [("/", "Overview"), ("/dashboard/deployments", "Deployments"), ("/dashboard/audit", "Audit")];

/// Seconds after which a browser without script reads a page again that follows the record.
const REFRESH_SECONDS: u32 = 5;

/// One page.
pub struct Page<'a> {
    pub title: &'a str,
    /// Which place of the navigation it is.
    pub place: &'a str,
    /// The text for screen readers, read when it changes.
    pub news: &'a str,
    /// What it follows, if anything.
    pub follows: Follows<'a>,
    /// When the record was read.
    pub read_at: Timestamp,
}

/// What a page follows while it is open.
#[derive(Clone, Copy)]
pub enum Follows<'a> {
    /// Nothing: its content does not change any more.
    Nothing,
    /// Every record.
    Everything,
    /// The records of one deployment.
    Deployment(&'a str),
}

impl Page<'_> {
    /// The page as an answer. `sections` is its content, already harmless.
    pub fn answer(&self, mut answer: HttpResponseBuilder, sections: &str) -> HttpResponse {
        answer
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .content_type("text/html; charset=utf-8")
            .body(self.render(sections))
    }

    fn render(&self, sections: &str) -> String {
        let (title, news, read_at) = (Escaped(self.title), Escaped(self.news), self.read_at);
        let live = match self.follows {
            Follows::Nothing => String::new(),
            Follows::Everything => " data-live=\"all\"".to_owned(),
            Follows::Deployment(id) => format!(" data-live=\"{}\"", Escaped(id)),
        };
        let refresh = match self.follows {
            Follows::Nothing => String::new(),
            Follows::Everything | Follows::Deployment(_) => {
                format!(
                    "<noscript><meta http-equiv=\"refresh\" content=\"{REFRESH_SECONDS}\"></noscript>"
                )
            }
        };
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
             <title>{title} - boathook</title>\n<link rel=\"icon\" href=\"/dashboard/icon.svg\">\n<link rel=\"stylesheet\" href=\"/dashboard/style.css\">\n\
             <script src=\"/dashboard/live.js\" defer></script>\n{refresh}</head>\n<body>\n\
             <a class=\"skip\" href=\"#main\">Skip to the content</a>\n\
             <header>\n<p class=\"brand\">boathook</p>\n<nav aria-label=\"Dashboard\">{places}</nav>\n\
             <p class=\"read\"><span id=\"link\" class=\"link\"></span> <span id=\"read\">Record read {at}</span></p>\n</header>\n\
             <main id=\"main\" tabindex=\"-1\" data-now=\"{read_at}\" data-news=\"{news}\"{live}>\n{sections}</main>\n\
             <p id=\"news\" class=\"unseen\" role=\"status\" aria-live=\"polite\"></p>\n\
             <footer>boathook {version}. Everything here is what boathook itself recorded; the cluster is not asked for it.</footer>\n\
             </body>\n</html>\n",
            places = PLACES.map(|(path, name)| self.place(path, name)).join(""),
            at = time(read_at),
            version = env!("CARGO_PKG_VERSION"),
        )
    }

    fn place(&self, path: &str, name: &str) -> String {
        let current = if path == self.place { " aria-current=\"page\"" } else { "" };
        format!("<a href=\"{path}\"{current}>{name}</a>")
    }
}
