//! Domains that the manifests map to the service: its status does not show them.

use jiff::Timestamp;

use crate::{
    cluster::Event,
    diagnosis::{Diagnosis, Kind},
};

/// Why these DomainMappings do not work, from their events since this time: older causes may be
/// fixed.
#[must_use]
pub fn of_domains(names: &[&str], events: &[Event], since: Timestamp) -> Option<Diagnosis> {
    let ours = events
        .iter()
        .rev()
        .filter(|event| event.kind() == "DomainMapping" && names.contains(&event.name()));
    let ours = ours.filter(|event| !event.is_older_than(since));
    ours.filter_map(|event| Some((domain_kind(&event.message)?, event))).next().map(
        |(kind, event)| {
            Diagnosis::new(kind, format!("domain {}: {}", event.name(), event.message.trim()))
        },
    )
}

fn domain_kind(message: &str) -> Option<Kind> {
    if message.contains("does not own ClusterDomainClaim") || message.contains("already in use") {
        return Some(Kind::DomainTaken);
    }
    message.contains("no ClusterDomainClaim found").then_some(Kind::DomainNotClaimed)
}
