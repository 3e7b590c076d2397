//! Shared by the pages: how their templates are filled and answered, and the escapers that make text
//! of any origin harmless in them (`askama.toml` names these).

use std::fmt::{self, Write};

use actix_web::{HttpResponse, HttpResponseBuilder, http::header::CONTENT_SECURITY_POLICY};
use askama::{Template, filters::Escaper};
use boathook_core::deployment::is_unprintable;
use tracing::error;

/// Text inside an element or a quoted attribute: what every `{{ }}` of a template goes through.
#[derive(Clone, Copy, Debug, Default)]
pub struct Guarded;

/// The same for an element that keeps line breaks as they are: `|escape("pre")`.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeptLines;

impl Escaper for Guarded {
    fn write_escaped_str<W: Write>(&self, mut page: W, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| {
            if c == '\n' { page.write_str("<br>") } else { harmless(c, &mut page) }
        })
    }
}

impl Escaper for KeptLines {
    fn write_escaped_str<W: Write>(&self, mut page: W, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| {
            if matches!(c, '\n' | '\t') { page.write_char(c) } else { harmless(c, &mut page) }
        })
    }
}

fn harmless(c: char, page: &mut impl Write) -> fmt::Result {
    match c {
        '&' => page.write_str("&amp;"),
        '<' => page.write_str("&lt;"),
        '>' => page.write_str("&gt;"),
        '"' => page.write_str("&quot;"),
        '\'' => page.write_str("&#39;"),
        c if is_unprintable(c) => page.write_char(char::REPLACEMENT_CHARACTER),
        c => page.write_char(c),
    }
}

/// A page as an answer, with what the browser may load for it.
pub fn answer(
    mut answer: HttpResponseBuilder,
    policy: &'static str,
    page: &impl Template,
) -> HttpResponse {
    match page.render() {
        Ok(text) => answer
            .insert_header((CONTENT_SECURITY_POLICY, policy))
            .content_type("text/html; charset=utf-8")
            .body(text),
        Err(cause) => {
            error!("Failed to fill the template of a page: {cause}");
            HttpResponse::InternalServerError().finish()
        }
    }
}
