//! Deployments under way: the step that each is at, and how long its hold lasts.

use boathook_core::deployment::DeploymentId;
use jiff::{SignedDuration, Timestamp};

use crate::{
    journal::{DeploymentView, StepStatus, StepView, Summary},
    server::{
        dashboard::{
            left,
            parts::{self, Cell, badge, image, link, place, table, timestamp},
        },
        html::{Escaped, direction},
    },
};

/// One deployment under way; its steps if it has begun.
pub struct UnderWay {
    pub summary: Summary,
    /// Until when it waits for an operator's approval; none if it does not.
    pub awaits: Option<Timestamp>,
    /// Its steps; none while it waits.
    pub history: Option<DeploymentView>,
}

/// Those that run and those that wait.
pub fn listed(under_way: &[UnderWay], now: Timestamp) -> String {
    if under_way.is_empty() {
        return "<p class=\"empty\">Nothing is under way, and nothing waits.</p>\n".to_owned();
    }
    let caption = "Deployments that run, and those that wait for their turn";
    let columns = ["Deployment", "Environment", "Service", "Image", "Status", "Step", "Accepted"];
    table(caption, columns, under_way.iter().map(|one| row(one, now)))
}

/// The text for screen readers, read when it changes.
pub fn news(under_way: &[UnderWay]) -> String {
    let reported = under_way.iter().map(|UnderWay { summary, awaits: _, history }| {
        let step = history
            .as_ref()
            .and_then(running)
            .map(|step| format!(", {}", step.title))
            .unwrap_or_default();
        format!(
            "{} in {}: {}{step}",
            summary.service,
            summary.environment,
            summary.status.name().replace('_', " ")
        )
    });
    let reported = reported.collect::<Vec<_>>().join("; ");
    if reported.is_empty() { "Nothing is under way".to_owned() } else { reported }
}

fn row(UnderWay { summary, awaits, history }: &UnderWay, now: Timestamp) -> [Cell; 7] {
    let step = match (history, awaits) {
        (Some(history), _) => step(history, now)
            .unwrap_or_else(|| "<span class=\"muted\">between steps</span>".to_owned()),
        (None, Some(until)) => approval(&summary.id, *until, now),
        (None, None) => {
            let reason = summary
                .reason
                .as_ref()
                .map_or_else(|| "waits for its turn".to_owned(), ToString::to_string);
            format!("<span class=\"muted\">{}</span>", Escaped(&reason))
        }
    };
    [
        Cell::head(link(&summary.id, summary.deployment_id.as_str())),
        Cell::plain(summary.environment),
        Cell::plain(place(&summary.namespace, &summary.service)),
        Cell::plain(image(&summary.image)),
        Cell::plain(badge(summary.status)),
        Cell::plain(step),
        Cell::plain(timestamp(summary.accepted_at)),
    ]
}

/// The step under way with its place among the others, and how long it holds; none between steps.
pub fn step(history: &DeploymentView, now: Timestamp) -> Option<String> {
    let step = running(history)?;
    let of_its_list = || history.steps.iter().filter(|other| other.direction == step.direction);
    let number = of_its_list().take_while(|other| *other != step).count() + 1;
    let (of, direction, title) =
        (of_its_list().count(), direction(step.direction), parts::title(&step.title));
    Some(format!(
        "{direction}{title} <span class=\"muted place\">{number} of {of}</span>{}",
        countdown(step, history.paused, now)
    ))
}

/// What an operator has to do, and until when.
pub fn approval(id: &DeploymentId, until: Timestamp, now: Timestamp) -> String {
    format!(
        "needs an operator's approval: <code>boathook approve {id}</code><p class=\"hold\">{}</p>",
        left::left(until, now, "the time for it is over")
    )
}

fn running(history: &DeploymentView) -> Option<&StepView> {
    history.steps.iter().find(|step| step.status == StepStatus::Running)
}

/// How long a hold still lasts; nothing for other steps.
pub(crate) fn countdown(step: &StepView, paused: bool, now: Timestamp) -> String {
    let (StepStatus::Running, Some(began), Some(hold)) = (step.status, step.began_at, step.hold_ms)
    else {
        return String::new();
    };
    if paused {
        return "<p class=\"hold\">Paused: stays here until someone lets it go on</p>".to_owned();
    }
    let hold = SignedDuration::from_millis(i64::try_from(hold).unwrap_or(i64::MAX));
    let Ok(ends) = began.checked_add(hold) else { return String::new() };
    let whole = hold.as_secs();
    format!(
        "<p class=\"hold\"><progress max=\"{whole}\" value=\"{gone}\" data-ends=\"{ends}\" aria-label=\"Hold\"></progress> {left}</p>",
        gone = whole - left::seconds(ends, now).min(whole),
        left = left::left(ends, now, "about to be judged"),
    )
}
