//! The three static files of the pages, embedded in the program.

use actix_web::HttpResponse;

pub(in crate::server) const STYLE: &str = include_str!("style.css");
const ICON: &str = include_str!("icon.svg");
pub(in crate::server) const SCRIPT: &str = include_str!("live.js");

/// The favicon.
pub async fn icon() -> HttpResponse {
    HttpResponse::Ok().content_type("image/svg+xml").body(ICON)
}

/// The style sheet.
pub async fn style() -> HttpResponse {
    HttpResponse::Ok().content_type("text/css; charset=utf-8").body(STYLE)
}

/// The script that updates open pages.
pub async fn script() -> HttpResponse {
    HttpResponse::Ok().content_type("text/javascript; charset=utf-8").body(SCRIPT)
}
