//! Domains that the manifests map to the service: no status of the service tells of them.

use crate::{
    cluster::Event,
    diagnosis::{Diagnosis, Kind},
};

/// What keeps these DomainMappings from working, by their events.
#[must_use]
pub fn of_domains(names: &[&str], events: &[Event]) -> Option<Diagnosis> {
    let ours = events.iter().rev().filter(|event| event.kind() == "DomainMapping" && names.contains(&event.name()));
    ours.filter_map(|event| Some((domain_kind(&event.message)?, event)))
        .next()
        .map(|(kind, event)| Diagnosis::new(kind, format!("domain {}: {}", event.name(), event.message.trim())))
}

fn domain_kind(message: &str) -> Option<Kind> {
    if message.contains("does not own ClusterDomainClaim") || message.contains("already in use") {
        return Some(Kind::DomainTaken);
    }
    message.contains("no ClusterDomainClaim found").then_some(Kind::DomainNotClaimed)
}
