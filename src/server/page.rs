//! A deployment as a page for the holder of its link. It is made of the same pieces as the
//! dashboard's, without programs and without the audit log.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use boathook_core::record::Event;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::{
    journal::{DeploymentView, FactValue},
    server::{
        dashboard::{
            assets::{SCRIPT, STYLE},
            parts::{CutImage as _, InWords as _, Part, traffic},
            standing::{Hold, Standing},
            step_shown::StepShown,
        },
        html,
    },
};

/// Pages without files of their own: only boathook's and script may be used, and requests go to boathook alone.
pub(crate) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = |text| STANDARD.encode(Sha256::digest(text));
    let style = hash(STYLE);
    let script = hash(SCRIPT);
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// While the deployment runs, the script follows its events; where scripts are off, the browser
/// asks again every five seconds.
#[derive(Template)]
#[template(path = "page.html")]
struct StatusPage<'a> {
    view: &'a DeploymentView,
    standing: Option<Standing>,
    shares: Vec<Part>,
    steps: Vec<StepShown<'a>>,
    read_at: Timestamp,
    follows: bool,
}

/// The page as an answer.
pub(crate) fn answer(view: &DeploymentView, now: Timestamp) -> HttpResponse {
    let page = StatusPage {
        view,
        standing: Standing::of(view, now),
        shares: traffic(&view.serving, view.candidate.as_ref()),
        steps: StepShown::of(view, now),
        read_at: now,
        follows: view.ended_at.is_none(),
    };
    html::answer(HttpResponse::Ok(), &POLICY, &page)
}

/// The names of events that the stream of a deployment may hold.
fn names() -> String {
    Event::names().collect::<Vec<_>>().join(" ")
}
