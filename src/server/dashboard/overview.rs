//! `GET /`: deployments under way, what each service serves, and the newest deployments.

use std::sync::Arc;

use actix_web::{HttpResponse, web::Data};
use askama::Template;
use jiff::Timestamp;

use crate::{
    journal::{DeploymentView, Filter, Lock, Status, Summary, status_words},
    server::{
        ApiError, OperatorState,
        dashboard::{
            layout::{Frame, answer},
            left::Left,
            parts::{CutImage as _, InWords as _},
            serving::Serving,
            standing::{Hold, Standing},
        },
        show,
    },
};

/// Services that the page shows at most.
pub(crate) const SERVICES_MAX: u32 = 500;
/// Deployments under way that are shown with their steps.
const UNDER_WAY_MAX: usize = 50;
/// Deployments that came last.
const LATEST: u32 = 10;

#[derive(Template)]
#[template(path = "dashboard/overview.html")]
struct Overview {
    frame: Frame,
    locks: Vec<Arc<Lock>>,
    under_way: Vec<UnderWay>,
    services: Vec<Serving>,
    latest: Vec<Summary>,
}

/// One deployment under way.
pub struct UnderWay {
    pub summary: Summary,
    pub view: DeploymentView,
    standing: Standing,
}

pub async fn overview(operators: Data<OperatorState>) -> Result<HttpResponse, ApiError> {
    let now = operators.clock.now();
    let under_way = read_under_way(&operators, now).await?;
    let locks = operators.journal.locks();
    let services = operators.journal.services(SERVICES_MAX).await?;
    let page = Overview {
        frame: Frame {
            title: "Overview".to_owned(),
            place: "/",
            news: news(&under_way, &locks),
            follows: Some("all".to_owned()),
            read_at: now,
        },
        services: Serving::of(services, &under_way, &locks),
        latest: operators.journal.list(&Filter { limit: LATEST, ..Filter::default() }).await?,
        locks,
        under_way,
    };
    Ok(answer(HttpResponse::Ok(), &page))
}

impl Overview {
    fn left(&self, ends: &Timestamp) -> Left {
        Left::until(*ends, self.frame.read_at, "it has ended")
    }
}

/// Those that run before those that wait, each in the order of acceptance.
async fn read_under_way(
    operators: &OperatorState,
    now: Timestamp,
) -> Result<Vec<UnderWay>, ApiError> {
    let mut under_way = Vec::new();
    let live = operators.journal.live();
    let (waiting, begun): (Vec<_>, Vec<_>) =
        live.iter().partition(|(_, deployment)| deployment.state.status() == Status::Queued);
    for (id, deployment) in begun.into_iter().chain(waiting).take(UNDER_WAY_MAX) {
        let Some(view) = show::view(&operators.journal, id).await? else { continue };
        if let Some(standing) = Standing::of(&view, now) {
            under_way.push(UnderWay { summary: Summary::of(id, deployment), view, standing });
        }
    }
    Ok(under_way)
}

/// The text for screen readers, read when it changes.
fn news(under_way: &[UnderWay], locks: &[Arc<Lock>]) -> String {
    let reported = under_way.iter().map(|UnderWay { view, .. }| {
        let step = view.running().map(|step| format!(", {}", step.title)).unwrap_or_default();
        let status = status_words(view.status, view.paused);
        format!("{} in {}: {status}{step}", view.service_name, view.environment)
    });
    let reported = reported.collect::<Vec<_>>().join("; ");
    let reported = if reported.is_empty() { "Nothing is under way".to_owned() } else { reported };
    let locked = locks.iter().map(|lock| format!("; {} is locked", lock.place()));
    reported + &locked.collect::<String>()
}
