//! Deployments under way: the step that each is at, and how long its hold lasts.

use jiff::{SignedDuration, Timestamp};

use crate::{
    journal::{History, StepShown, StepStatus},
    server::{
        dashboard::{
            overview::UnderWay,
            parts::{badge, image, link, moment, place, table},
        },
        html::{Escaped, time, way},
    },
};

/// Those that run and those that wait.
pub fn listed(under_way: &[UnderWay], now: Timestamp) -> String {
    if under_way.is_empty() {
        return "<p class=\"empty\">Nothing is under way, and nothing waits.</p>\n".to_owned();
    }
    let rows = under_way.iter().map(|one| row(one, now)).collect::<String>();
    let caption = "Deployments that run, and those that wait for their turn";
    table(caption, &["Deployment", "Environment", "Service", "Image", "Status", "Step", "Accepted"], &rows)
}

/// What is told to whoever cannot see the page, when it has changed.
pub fn news(under_way: &[UnderWay]) -> String {
    let told = under_way.iter().map(|UnderWay { summary, history }| {
        let step = history.as_ref().and_then(running).map(|step| format!(", {}", step.title)).unwrap_or_default();
        format!("{} in {}: {}{step}", summary.service, summary.environment, summary.status.name().replace('_', " "))
    });
    let told = told.collect::<Vec<_>>().join("; ");
    if told.is_empty() { "Nothing is under way".to_owned() } else { told }
}

fn row(UnderWay { summary, history }: &UnderWay, now: Timestamp) -> String {
    format!(
        "<tr><th scope=\"row\">{name}</th><td>{environment}</td><td>{place}</td><td>{image}</td><td>{badge}</td>\
         <td>{step}</td><td>{accepted}</td></tr>\n",
        name = link(&summary.job, summary.deployment_id.as_str()),
        environment = summary.environment,
        place = place(&summary.namespace, &summary.service),
        image = image(&summary.image),
        badge = badge(summary.status),
        step = history.as_ref().map_or_else(|| "<span class=\"muted\">waits for its turn</span>".to_owned(), |history| step(history, now)),
        accepted = moment(summary.accepted_at),
    )
}

fn step(history: &History, now: Timestamp) -> String {
    let Some(step) = running(history) else {
        return "<span class=\"muted\">between steps</span>".to_owned();
    };
    let of_its_list = || history.steps.iter().filter(|other| other.direction == step.direction);
    let number = of_its_list().take_while(|other| *other != step).count() + 1;
    let (of, way, title) = (of_its_list().count(), way(step.direction), Escaped(&step.title));
    format!("{way}{title} <span class=\"muted\">{number} of {of}</span>{}", countdown(step, history.paused, now))
}

fn running(history: &History) -> Option<&StepShown> {
    history.steps.iter().find(|step| step.status == StepStatus::Running)
}

/// How long a hold still lasts; nothing for other steps.
pub fn countdown(step: &StepShown, paused: bool, now: Timestamp) -> String {
    let (StepStatus::Running, Some(began), Some(hold)) = (step.status, step.began_at, step.hold_ms) else { return String::new() };
    if paused {
        return "<p class=\"hold\">Paused: stays here until someone lets it go on</p>".to_owned();
    }
    let hold = SignedDuration::from_millis(i64::try_from(hold).unwrap_or(i64::MAX));
    let Ok(ends) = began.checked_add(hold) else { return String::new() };
    let left = ends.duration_since(now).max(SignedDuration::ZERO).as_secs();
    let (whole, gone) = (hold.as_secs(), hold.as_secs() - left);
    format!(
        "<p class=\"hold\"><progress max=\"{whole}\" value=\"{gone}\" data-ends=\"{ends}\" aria-label=\"Hold\"></progress> \
         <time datetime=\"{ends}\" data-ends=\"{ends}\" title=\"Until {until}\">{left} s left</time></p>",
        until = time(ends),
    )
}
