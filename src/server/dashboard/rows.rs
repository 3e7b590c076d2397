//! Deployments as rows of a table.

use crate::{
    journal::Summary,
    server::{
        dashboard::parts::{badge, image, link, moment, place, table},
        html::Escaped,
    },
};

/// A table of deployments.
pub fn deployments(caption: &str, deployments: &[Summary]) -> String {
    let rows = deployments.iter().map(row).collect::<String>();
    table(caption, &["Deployment", "Environment", "Service", "Image", "Status", "Accepted", "Ended"], &rows)
}

fn row(summary: &Summary) -> String {
    let Summary { job, environment, namespace, service, deployment_id, attempt, status, reason, accepted_at, ended_at, .. } = summary;
    let attempt = if *attempt > 1 { format!(" <span class=\"muted\">attempt {attempt}</span>") } else { String::new() };
    let reason = reason.as_ref().map(|reason| format!("<p class=\"reason\">{}</p>", Escaped(reason))).unwrap_or_default();
    format!(
        "<tr><th scope=\"row\">{name}{attempt}</th><td>{environment}</td><td>{place}</td><td>{image}</td>\
         <td>{status}{reason}</td><td>{accepted}</td><td>{ended}</td></tr>\n",
        name = link(job, deployment_id.as_str()),
        place = place(namespace, service),
        image = image(&summary.image),
        status = badge(*status),
        accepted = moment(*accepted_at),
        ended = ended_at.map_or_else(|| "<span class=\"muted\">under way</span>".to_owned(), moment),
    )
}
