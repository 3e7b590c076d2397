//! Locks: where, why, by whom, and how long.

use std::sync::Arc;

use boathook_core::deployment::Environment;
use jiff::Timestamp;

use crate::{
    journal::{Lock, Summary},
    server::{
        dashboard::{
            left::left,
            parts::{Cell, section, table, timestamp},
        },
        html::Escaped,
    },
};

/// The section; nothing if nothing is locked.
pub(crate) fn section_of(locks: &[Arc<Lock>], now: Timestamp) -> String {
    if locks.is_empty() {
        return String::new();
    }
    let note = "<p class=\"note\">Senders are answered 423 there, with the reason. What was accepted before goes on, and so does what an operator \
                orders. <code>boathook unlock</code> ends a lock.</p>\n";
    let columns = ["Where", "Why", "Whose", "Since", "Until"];
    let rows = table("Locks that hold", columns, locks.iter().map(|lock| row(lock, now)));
    section("locks", "Locked", &format!("{rows}{note}"))
}

/// The text for screen readers.
pub fn news(locks: &[Arc<Lock>]) -> String {
    locks.iter().map(|lock| format!("; {} is locked", lock.place())).collect()
}

/// The word for a service that is locked, alone or with its environment.
pub(crate) fn badge_of(locks: &[Arc<Lock>], newest: &Summary) -> String {
    let covers = |lock: &&Arc<Lock>| {
        let of_it = lock.service.as_ref().is_none_or(|locked| {
            locked.namespace == newest.namespace && locked.service == newest.service
        });
        lock.environment == newest.environment && of_it
    };
    let badge = |lock: &Arc<Lock>| {
        format!(" <span class=\"badge locked\" title=\"{}\">locked</span>", Escaped(&lock.reason))
    };
    locks.iter().find(covers).map(badge).unwrap_or_default()
}

fn row(lock: &Lock, now: Timestamp) -> [Cell; 5] {
    let Lock { id: _, environment, service, reason, by, since, until } = lock;
    let until = until.map_or_else(
        || "<span class=\"muted\">someone ends it</span>".to_owned(),
        |until| left(until, now, "it has ended"),
    );
    let place = match service {
        None => format!(
            "{}<br><span class=\"muted\">the whole environment</span>",
            environment_of(*environment)
        ),
        Some(service) => format!(
            "{}<br><span class=\"muted\">{}</span>",
            environment_of(*environment),
            Escaped(&service.to_string())
        ),
    };
    [
        Cell::head(place),
        Cell::of("why", Escaped(reason)),
        Cell::of("name", Escaped(by)),
        Cell::plain(timestamp(*since)),
        Cell::of("until", until),
    ]
}

fn environment_of(environment: Environment) -> String {
    format!("<span class=\"name\">{environment}</span>")
}
