//! Deployments as rows of a table.

use crate::{
    journal::Summary,
    server::{
        dashboard::parts::{Cell, badge, image, link, paused_badge, place, table, timestamp},
        html::Escaped,
    },
};

/// A table of deployments.
pub fn deployments(caption: &str, deployments: &[Summary]) -> String {
    let columns = ["Deployment", "Environment", "Service", "Image", "Status", "Accepted", "Ended"];
    table(caption, columns, deployments.iter().map(row))
}

fn row(summary: &Summary) -> [Cell; 7] {
    let Summary {
        id,
        environment,
        namespace,
        service,
        deployment_id,
        attempt,
        status,
        paused,
        reason,
        accepted_at,
        ended_at,
        ..
    } = summary;
    let attempt = if *attempt > 1 {
        format!(" <span class=\"muted\">attempt {attempt}</span>")
    } else {
        String::new()
    };
    let reason = reason
        .as_ref()
        .map(|reason| format!("<p class=\"reason\">{}</p>", Escaped(&reason.to_string())))
        .unwrap_or_default();
    [
        Cell::head(link(id, deployment_id.as_str()) + &attempt),
        Cell::plain(environment),
        Cell::plain(place(namespace, service)),
        Cell::plain(image(&summary.image)),
        Cell::plain(badge(*status) + paused_badge(*paused) + &reason),
        Cell::plain(timestamp(*accepted_at)),
        Cell::plain(
            ended_at.map_or_else(|| "<span class=\"muted\">under way</span>".to_owned(), timestamp),
        ),
    ]
}
