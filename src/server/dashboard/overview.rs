//! `GET /`: deployments under way, what each service serves, and the newest deployments.

use actix_web::{HttpResponse, web::Data};

use crate::{
    journal::{DeploymentView, Filter, State, Status, Summary},
    server::{
        ApiError, OperatorState,
        dashboard::{
            layout::{Follows, Page},
            locked,
            parts::section,
            rows, serving,
            under_way::{self, UnderWay},
        },
    },
};

/// Services that the page shows at most.
const SERVICES_MAX: u32 = 500;
/// Deployments under way that are shown with their steps.
const UNDER_WAY_MAX: usize = 50;
/// Deployments that came last.
const LATEST: u32 = 10;

pub async fn overview(operators: Data<OperatorState>) -> Result<HttpResponse, ApiError> {
    let now = operators.clock.now();
    let under_way = read_under_way(&operators).await?;
    let services = operators.journal.services(SERVICES_MAX).await?;
    let latest = operators.journal.list(&Filter { limit: LATEST, ..Filter::default() }).await?;
    let locks = operators.journal.locks();
    let sections = [
        locked::section_of(&locks, now),
        section("under-way", "Under way", &under_way::listed(&under_way, now)),
        section(
            "serving",
            "What serves",
            &serving::listed(services, &under_way, &locks, SERVICES_MAX),
        ),
        section("latest", "Latest deployments", &newest(&latest)),
    ];
    let news = under_way::news(&under_way) + &locked::news(&locks);
    let page = Page {
        title: "Overview",
        place: "/",
        news: &news,
        follows: Follows::Everything,
        read_at: now,
    };
    Ok(page.answer(HttpResponse::Ok(), &format!("<h1>Overview</h1>\n{}", sections.concat())))
}

fn newest(latest: &[Summary]) -> String {
    if latest.is_empty() {
        return "<p class=\"empty\">Nothing has been deployed yet. CI sends the first request with <code>boathook send</code>.</p>\n"
            .to_owned();
    }
    let caption = "The deployments that were accepted last, newest first";
    format!(
        "{}<p><a href=\"/dashboard/deployments\">All deployments</a></p>\n",
        rows::deployments(caption, latest)
    )
}

/// Those that run before those that wait, each in the order of acceptance.
async fn read_under_way(operators: &OperatorState) -> Result<Vec<UnderWay>, ApiError> {
    let mut under_way = Vec::new();
    let live = operators.journal.live();
    let (waiting, begun): (Vec<_>, Vec<_>) =
        live.iter().partition(|(_, deployment)| deployment.state.status() == Status::Queued);
    for (id, deployment) in begun.into_iter().chain(waiting).take(UNDER_WAY_MAX) {
        let mut summary = Summary::of(id, deployment);
        if summary.status == Status::Queued {
            summary.reason = operators.journal.held_up(id);
        }
        let history = match summary.status {
            Status::Queued | Status::AwaitingApproval => None,
            _ => DeploymentView::of(&operators.journal.records(id, 0).await?)?,
        };
        let awaits = if let State::AwaitingApproval { until } = deployment.state {
            Some(until)
        } else {
            None
        };
        under_way.push(UnderWay { summary, awaits, history });
    }
    Ok(under_way)
}
