//! What lists and tables say beside their rows, or without any.

use boathook_core::clock::date_and_time;
use jiff::Timestamp;

use crate::{cli::messages::promotions::promotion_waits, journal::ServiceView};

/// There is nothing to list.
pub(crate) const NONE_LISTED: &str = "no deployments";
/// `watch` shows nothing under way.
pub(crate) const NOTHING_LIVE: &str = "nothing is being deployed";
/// What `watch` shows below it.
pub(crate) const LAST_ENDED: &str = "ended last:";

/// More deployments than `watch` shows.
pub(crate) fn more_live(more: usize) -> String {
    format!("and {more} more; boathook list shows them")
}

/// No service is on record.
pub(crate) const NO_SERVICES: &str = "no services: nothing has been deployed yet";

/// What a table of what serves cannot hold of a service.
pub(crate) fn service_notes(view: &ServiceView) -> Vec<String> {
    let place = format!("{}/{} in {}", view.namespace, view.service, view.environment);
    let unknown = view.serving.is_empty().then(|| "nothing has succeeded yet".to_owned());
    let locked = view.locked.as_ref().map(|reason| format!("locked: {reason}"));
    let held = view.held_in_words().map(|words| format!("held: {words}"));
    let withdrawn = view.withdrawn.as_ref().map(|why| format!("withdrawn: {why}"));
    let watched = view
        .watched_until
        .map(|until| format!("watched until {}, clean so far", date_and_time(until)));
    let notes = unknown.into_iter().chain(view.doubt.clone()).chain(locked).chain(held);
    let waits = view.promotions_wait.iter().map(|wait| promotion_waits(wait));
    let notes = notes.chain(withdrawn).chain(watched).chain(waits);
    notes.map(|note| format!("{place}: {note}")).collect()
}

/// Nothing is configured.
pub(crate) const NO_ENVIRONMENTS: &str =
    "no environments: put a NAME.yaml for each beside default.yaml";
/// What is on its way to services, below the environments.
pub(crate) const ON_THE_WAY: &str = "on the way:";
/// There can be no other boathook on the record.
pub(crate) const ONE_NODE: &str =
    "one node: this boathook has its record for itself (SQLite), and leads";
/// The lead is free.
pub(crate) const NOBODY_LEADS: &str = "nobody leads: nothing is deployed until one of them does";

/// Who leads, since when and for how long.
pub(crate) fn leads(node: &str, since: &str, left: &str) -> String {
    format!("{node} leads since {since}; without a renewal its lease ends in {left}")
}

/// Something that has not happened yet.
pub(crate) const NEVER: &str = "never";

/// When a secret expires.
pub(crate) fn expiry(not_after: Option<Timestamp>, ended: bool) -> String {
    match not_after {
        None => "no end".to_owned(),
        Some(at) if ended => format!("{}, ended", date_and_time(at)),
        Some(at) => date_and_time(at),
    }
}
