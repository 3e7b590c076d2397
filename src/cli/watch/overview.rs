//! All that is watched, in lines.

use std::time::Duration;

use boathook_core::{clock::date_and_time, duration_text};
use jiff::Timestamp;

use crate::{
    cli::{list::Row, messages, show::steps, table::table, terminal::Line, watch::Live},
    journal::{DeploymentView, status_words},
};

/// The facts that tell how far a deployment is.
const TELLING: [&str; 7] = ["image", "serving", "health", "paused", "reason", "to do", "approval"];

/// What is under way, and what ended last.
pub(super) fn lines(seen: &Live, now: Timestamp) -> Vec<String> {
    let mut lines = seen.live.iter().flat_map(|view| block(view, now)).collect::<Vec<_>>();
    if seen.live.is_empty() {
        lines.extend([messages::NOTHING_LIVE.to_owned(), String::new()]);
    }
    if seen.more > 0 {
        lines.extend([messages::more_live(seen.more), String::new()]);
    }
    if !seen.ended.is_empty() {
        lines.push(messages::LAST_ENDED.to_owned());
        lines
            .extend(table(&seen.ended.iter().map(ended).collect::<Vec<_>>()).lines().map(indented));
    }
    lines
}

/// One deployment with all its steps, the one under way at the top, where every terminal has room.
pub(super) fn lines_of_one(view: &DeploymentView, now: Timestamp) -> Vec<String> {
    let mut lines = block(view, now);
    lines.extend(steps(view).lines().map(str::to_owned));
    lines
}

/// One deployment: where, its status, its step, and what is known.
fn block(view: &DeploymentView, now: Timestamp) -> Vec<String> {
    let head = format!("{}  {}: {}", view.id, view.place(), status_words(view.status, view.paused));
    let step = view.progress().map(|(step, number, of)| {
        let took = step.began_at.map(|at| format!(", for {}", age(at, now)));
        let title = messages::step(number, of, !step.mark().is_empty(), &step.title);
        format!("  {title}{}", took.unwrap_or_default())
    });
    let facts = view.facts().into_iter().filter(|fact| TELLING.contains(&fact.name));
    let facts = facts.map(|fact| format!("  {}: {}", fact.name, fact.value)).collect::<Vec<_>>();
    let notes = view.notes.iter().map(|text| format!("  {}", messages::note(text)));
    let all = std::iter::once(head).chain(step).chain(facts).chain(notes).chain([String::new()]);
    all.map(|line| Line(&line).to_string()).collect()
}

fn ended(row: &Row) -> [String; 5] {
    [
        row.id.clone(),
        row.place(),
        status_words(row.status, false),
        row.ended_at.map(date_and_time).unwrap_or_default(),
        row.reason.clone().unwrap_or_default(),
    ]
}

fn indented(line: &str) -> String {
    format!("  {line}")
}

/// In whole seconds.
fn age(at: Timestamp, now: Timestamp) -> String {
    let seconds = u64::try_from(now.duration_since(at).as_secs()).unwrap_or(0);
    duration_text::show(Duration::from_secs(seconds))
}
