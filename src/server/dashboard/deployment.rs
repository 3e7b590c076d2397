//! `GET /dashboard/deployments/{id}`: everything that is recorded of one deployment.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};
use jiff::Timestamp;

use crate::{
    journal::{DeploymentDetail, DeploymentView, Origin, Status},
    server::{
        ApiError, OperatorState,
        dashboard::{
            audit, chart,
            layout::{Follows, Page},
            parts::{Cell, badge, image, link, paused_badge, section, table, timestamp, traffic},
            steps, under_way,
        },
        html::Escaped,
        operator, page, show,
    },
};

/// The deployment that the path names, as `GET /v1/deployments/{id}` takes it.
pub async fn deployment(
    id: Path<String>,
    operators: Data<OperatorState>,
) -> Result<HttpResponse, ApiError> {
    let id = operator::named(&id, &operators).await?;
    let mut account = DeploymentDetail::of(&operators.journal.records(&id, 0).await?)?
        .ok_or(ApiError::NotFound)?;
    account.history = show::with_held_up(account.history, operators.journal.held_up(&id));
    let audited = audit::lines(&operators, Some(id.as_str())).await;
    let now = operators.clock.now();
    let history = &account.history;
    let title =
        format!("{}/{} in {}", history.namespace, history.service_name, history.environment);
    let page = Page {
        title: &format!("{}: {title}", spaced(history.status.name())),
        place: "/dashboard/deployments",
        news: &news(history),
        follows: if history.ended_at.is_none() {
            Follows::Deployment(id.as_str())
        } else {
            Follows::Nothing
        },
        read_at: now,
    };
    Ok(page.answer(
        HttpResponse::Ok(),
        &(head(&title, history, now) + &sections(&account, &audited, now)),
    ))
}

fn sections(account: &DeploymentDetail, audited: &str, now: Timestamp) -> String {
    [
        section("facts", "What is deployed", &facts(&account.history)),
        section("steps", "Steps", &steps::listed(account, now)),
        section("probes", "Probes", &chart::of(account)),
        asked(account),
        section(
            "audit",
            "Audit",
            &format!("<details id=\"audit-lines\"><summary>Lines of this deployment</summary>\n{audited}</details>\n"),
        ),
    ]
    .concat()
}

/// What is read aloud: the status, and the step under way.
fn news(history: &DeploymentView) -> String {
    let step = history.steps.iter().rfind(|step| step.began_at.is_some());
    let step = step.map(|step| format!(", {}", step.title)).unwrap_or_default();
    format!("{}{step}", spaced(history.status.name()))
}

fn spaced(word: &str) -> String {
    word.replace('_', " ")
}

fn head(title: &str, history: &DeploymentView, now: Timestamp) -> String {
    let paused = paused_badge(history.paused);
    let reason = history
        .reason
        .as_ref()
        .map(|reason| format!("<p class=\"reason\">{}</p>", Escaped(reason)))
        .unwrap_or_default();
    let notes = history
        .notes
        .iter()
        .map(|note| format!("<p class=\"note\">Note: {}</p>", Escaped(note)))
        .collect::<String>();
    let bar = if history.serving.is_empty() {
        String::new()
    } else {
        traffic(&history.serving, history.candidate.as_ref())
    };
    format!(
        "<section id=\"head\" aria-labelledby=\"head-heading\">\n<h1 id=\"head-heading\">{title}</h1>\n\
         <p>{badge}{paused}</p>{reason}{now}{notes}\n{bar}\n</section>\n",
        title = Escaped(title),
        badge = badge(history.status),
        now = standing(history, now),
    )
}

/// What it is doing now: a step, or waiting for an approval.
fn standing(history: &DeploymentView, now: Timestamp) -> String {
    let awaits = history.approve_until.filter(|_| history.status == Status::AwaitingApproval);
    let at = awaits
        .map(|until| under_way::approval(&history.id, until, now))
        .or_else(|| under_way::step(history, now));
    at.map(|at| format!("<div class=\"at-now\">{at}</div>")).unwrap_or_default()
}

fn facts(history: &DeploymentView) -> String {
    let text = |text: &Option<String>| text.as_ref().map(|text| Escaped(text).to_string());
    let revision = |name: &Option<_>| name.as_ref().map(|name| format!("<code>{name}</code>"));
    let rows = [
        ("Deployment", Some(Escaped(history.deployment_id.as_str()).to_string())),
        ("ID", Some(format!("<code>{}</code>", history.id))),
        ("Attempt", (history.attempt > 1).then(|| history.attempt.to_string())),
        ("Origin", origin(&history.origin)),
        ("Image", Some(image(&history.image))),
        ("By digest", history.resolved_image.as_ref().map(image)),
        ("Commit", text(&history.commit_sha)),
        ("Triggered by", text(&history.triggered_by)),
        ("Approval", text(&page::approval(history))),
        ("Promoted from", text(&history.promoted_from)),
        ("Promotion", text(&history.promotion_state.as_ref().map(ToString::to_string))),
        ("Strategy", Some(history.strategy.to_string())),
        ("Stable revision", revision(&history.stable)),
        ("New revision", revision(&history.candidate)),
        ("Address", text(&history.service_url)),
        ("Accepted", Some(timestamp(history.accepted_at))),
        ("Ended", history.ended_at.map(timestamp)),
    ];
    let rows = rows.into_iter().filter_map(|(name, value)| {
        Some(format!("<div><dt>{name}</dt><dd>{}</dd></div>\n", value?))
    });
    format!("<dl>\n{}</dl>\n", rows.collect::<String>())
}

fn origin(origin: &Origin) -> Option<String> {
    match origin {
        Origin::Requested => None,
        Origin::Retry { of, by } => {
            Some(format!("retry of {}, by {}", link(of, of.as_str()), Escaped(&by.to_string())))
        }
        Origin::Rollback { to, by } => {
            Some(format!("rollback to {}, by {}", link(to, to.as_str()), Escaped(&by.to_string())))
        }
    }
}

fn asked(account: &DeploymentDetail) -> String {
    if account.asked.is_empty() {
        return String::new();
    }
    let row = |(at, action, by): &(Timestamp, &str, String)| {
        [Cell::plain(timestamp(*at)), Cell::head(action), Cell::plain(Escaped(by))]
    };
    let rows = account.asked.iter().map(row);
    section(
        "asked",
        "Asked by people",
        &table("What people asked of this deployment", ["When", "What", "Who"], rows),
    )
}
