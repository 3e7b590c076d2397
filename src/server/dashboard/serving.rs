//! What serves where, as the record has it: the newest success of each service, and the shares of a
//! rollout under way.

use std::sync::Arc;

use boathook_core::deployment::Percent;

use crate::{
    journal::{Lock, Outcome, Served, Service, Share, Status},
    server::{
        dashboard::{
            locked,
            parts::{Cell, badge, image, link, place, table, timestamp, traffic},
            under_way::UnderWay,
        },
        html::Escaped,
    },
};

const NOTE: &str = "<p class=\"note\">By boathook's own record: what its last success in each place left serving, or the shares that a rollout \
                    under way saw last. What others changed since is not known here; <code>kubectl get ksvc -A</code> asks the cluster.</p>\n";

/// One row for each service of each environment, in the order of promotion.
pub fn listed(
    mut services: Vec<Service>,
    under_way: &[UnderWay],
    locks: &[Arc<Lock>],
    max: u32,
) -> String {
    if services.is_empty() {
        return format!("{NOTE}<p class=\"empty\">No service is on record yet.</p>\n");
    }
    services.sort_by_key(|service| service.newest.environment);
    let rows = services.iter().map(|service| row(service, under_way, locks));
    let more = if services.len() >= max as usize {
        format!("<p class=\"note\">Only {max} services are shown.</p>\n")
    } else {
        String::new()
    };
    let columns = ["Environment", "Service", "Traffic", "Last success", "Since", "Last deployment"];
    format!(
        "{NOTE}{}{more}",
        table("What serves in each environment, by the record", columns, rows)
    )
}

fn row(service: &Service, under_way: &[UnderWay], locks: &[Arc<Lock>]) -> [Cell; 6] {
    let Service { newest, served } = service;
    let unknown =
        || "<span class=\"muted\">not known: nothing has succeeded here</span>".to_owned();
    let moving =
        under_way.iter().find(|one| is_of(one, service)).and_then(|one| one.history.as_ref());
    let bar = match (moving.filter(|history| !history.serving.is_empty()), served) {
        (Some(history), _) => traffic(&history.serving, history.candidate.as_ref()),
        (None, Some(Served { success, .. })) => {
            traffic(&[Share { revision: success.revision.clone(), percent: Percent::FULL }], None)
        }
        (None, None) => unknown(),
    };
    let doubt = doubt(newest.status)
        .map(|text| format!("<p class=\"reason\">{}</p>", Escaped(text)))
        .unwrap_or_default();
    [
        Cell::plain(format!("{}{}", newest.environment, locked::badge_of(locks, newest))),
        Cell::head(place(&newest.namespace, &newest.service)),
        Cell::of("traffic", bar),
        Cell::plain(served.as_ref().map(|served| image(&served.success.image)).unwrap_or_default()),
        Cell::plain(served.as_ref().map(|served| timestamp(served.since)).unwrap_or_default()),
        Cell::plain(format!(
            "{} {}{doubt}",
            link(&newest.id, newest.deployment_id.as_str()),
            badge(newest.status)
        )),
    ]
}

fn is_of(one: &UnderWay, Service { newest, .. }: &Service) -> bool {
    let summary = &one.summary;
    summary.environment == newest.environment
        && summary.namespace == newest.namespace
        && summary.service == newest.service
        && one.history.is_some()
}

/// Why the record may not show what serves.
fn doubt(newest: Status) -> Option<&'static str> {
    match newest {
        Status::RollbackFailed => Some("the rollback failed: what serves is not certain"),
        Status::Ended(Outcome::Abandoned) => {
            Some("the rollback was abandoned: what serves is not certain")
        }
        Status::Ended(Outcome::Aborted) => {
            Some("it was stopped: someone else may have changed what serves")
        }
        Status::Ended(
            Outcome::Succeeded
            | Outcome::RolledBack
            | Outcome::Failed
            | Outcome::Superseded
            | Outcome::Rejected,
        )
        | Status::AwaitingApproval
        | Status::Queued
        | Status::Planning
        | Status::Deploying
        | Status::RollingBack
        | Status::Closing => None,
    }
}
