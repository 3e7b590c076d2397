//! A deployment as a page for the holder of its link, without a line of script.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::{journal::DeploymentView, server::html};

const STYLE: &str = include_str!("page.css");

/// Only the page's own style may be used.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// While the deployment runs, the browser asks again every five seconds.
#[derive(Template)]
#[template(path = "page.html")]
struct StatusPage<'a> {
    view: &'a DeploymentView,
}

/// The page as an answer.
pub(crate) fn answer(view: &DeploymentView) -> HttpResponse {
    html::answer(HttpResponse::Ok(), &POLICY, &StatusPage { view })
}
