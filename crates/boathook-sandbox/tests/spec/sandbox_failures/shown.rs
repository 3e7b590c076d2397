//! What is compared of a recording and of its replay: for each thing the states that it went
//! through, and which events there were.

use std::collections::BTreeMap;

use serde_json::Value;

use super::normal;

/// The states that one thing went through, each with the second in which it began.
pub type Track = Vec<(f64, String)>;

/// Everything that is compared.
#[derive(Debug, Default)]
pub struct Shown {
    /// By what it is: `ksvc Ready`, `web-00001 container`.
    pub tracks: BTreeMap<String, Track>,
    /// Warnings, each with the second in which it came first.
    pub events: BTreeMap<String, f64>,
}

/// States that last no longer are a question of who writes first.
const MOMENT: f64 = 0.6;
/// The same of states that are open anyway, on a machine that has much to do: `Unknown`, and a
/// container that is being made.
const OPEN_MOMENT: f64 = 2.5;
/// A program that ends at once may be seen while it runs, or not.
const SHORT_RUN: f64 = 1.6;

impl Shown {
    /// Notes the conditions of an object.
    pub fn conditions(&mut self, seconds: f64, of: &str, conditions: &Value, kinds: &[&str]) {
        for kind in kinds {
            let all = conditions.as_array().into_iter().flatten();
            if let Some(condition) = all.into_iter().find(|condition| condition["type"] == **kind) {
                self.step(seconds, &format!("{of} {kind}"), condition_text(condition));
            }
        }
    }

    /// Notes the state of a pod's container with the port.
    pub fn container(&mut self, seconds: f64, pod: &str, statuses: &Value) {
        let Some(status) = statuses
            .as_array()
            .into_iter()
            .flatten()
            .find(|status| status["name"] == "user-container")
        else {
            return;
        };
        self.step(seconds, &format!("{} container", &pod[..9]), container_text(status));
    }

    /// Notes an event, unless it is one of those that come by chance.
    pub fn event(&mut self, seconds: f64, event: &Value) {
        let word = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
        let kind = event["involvedObject"]["kind"].as_str().unwrap_or_default();
        let message = normal::text(&word("message"));
        if word("type") == "Normal" || is_chance(kind, &message) {
            return;
        }
        self.events.entry(format!("{kind} {}: {message}", word("reason"))).or_insert(seconds);
    }

    fn step(&mut self, seconds: f64, of: &str, state: String) {
        let track = self.tracks.entry(of.to_owned()).or_default();
        if track.last().is_none_or(|(_, last)| *last != state) {
            track.push((seconds, state));
        }
    }

    /// Takes out what lasted for a moment only.
    pub fn settle(mut self, end: f64) -> Self {
        for track in self.tracks.values_mut() {
            *track = settled(track, end);
        }
        self
    }
}

fn settled(track: &Track, end: f64) -> Track {
    let mut kept: Track = Vec::new();
    for (index, (seconds, state)) in track.iter().enumerate() {
        let next = track.get(index + 1);
        let lasted = next.map_or(end, |(next, _)| *next) - seconds;
        if next.is_some_and(|(_, next)| lasted < moment(state, next)) {
            continue;
        }
        if kept.last().is_none_or(|(_, last)| last != state) {
            kept.push((*seconds, state.clone()));
        }
    }
    kept
}

/// A state that is followed by another one is left out where it lasted less than this.
fn moment(state: &str, next: &str) -> f64 {
    match state {
        _ if state.starts_with("Unknown") || state.starts_with("waiting ContainerCreating") => {
            OPEN_MOMENT
        }
        _ if state.starts_with("running") && next.starts_with("ended") => SHORT_RUN,
        _ if state.starts_with("waiting CrashLoop") || state.starts_with("ended") => 0.0,
        _ => MOMENT,
    }
}

/// What comes or not by which of two parts of the cluster is the faster one; and what repeats, of
/// which the recordings keep the beginning.
fn is_chance(kind: &str, message: &str) -> bool {
    let repeats = message.starts_with("(combined from similar events)");
    repeats
        || kind == "ServerlessService"
        || message.ends_with("-deployment\" not found")
        || message.contains(":8012: connect: connection refused")
}

fn condition_text(condition: &Value) -> String {
    let word = |field: &str| condition[field].as_str().unwrap_or_default();
    // An open condition changes its words back and forth while nothing happens.
    let reason = if word("status") == "Unknown" && condition["type"] == "ContainerHealthy" {
        ""
    } else {
        word("reason")
    };
    format!("{} {reason} {}", word("status"), normal::text(word("message"))).trim_end().to_owned()
}

fn container_text(status: &Value) -> String {
    let state = &status["state"];
    let starts = &status["restartCount"];
    let word = |value: &Value| normal::text(value.as_str().unwrap_or_default());
    if let Some(waiting) = state.get("waiting") {
        return format!(
            "waiting {} after {starts}: {}",
            word(&waiting["reason"]),
            word(&waiting["message"])
        )
        .trim_end_matches(": ")
        .to_owned();
    }
    if let Some(ended) = state.get("terminated") {
        return format!(
            "ended {} {} after {starts}: {}",
            ended["exitCode"],
            word(&ended["reason"]),
            word(&ended["message"])
        );
    }
    format!("running after {starts}")
}
