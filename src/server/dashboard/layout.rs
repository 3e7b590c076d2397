//! The frame of every page: head, navigation, what is read aloud when something changes, and what
//! the browser may do.

use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;
use jiff::Timestamp;

use crate::server::html;

/// Pages may load only boathook's own files, and send requests only to boathook.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// The places of the navigation.
pub(crate) const PLACES: [(&str, &str); 4] = [
    ("/", "Overview"),
    ("/dashboard/environments", "Environments"),
    ("/dashboard/deployments", "Deployments"),
    ("/dashboard/audit", "Audit"),
];

/// What `layout.html` needs of a page.
pub struct Frame {
    pub title: String,
    /// Which place of the navigation it is.
    pub place: &'static str,
    /// The text for screen readers, read when it changes.
    pub announcement: String,
    /// What the page follows while it is open: `all`, or the deployment with this id. None if its
    /// content does not change any more.
    pub follows: Option<String>,
    /// When the record was read.
    pub read_at: Timestamp,
}

/// The page as an answer.
pub fn answer(answer: HttpResponseBuilder, page: &impl Template) -> HttpResponse {
    html::answer(answer, POLICY, page)
}
