//! What a recording shows.

use super::{recording::Recording, shown::Shown};

pub const OF_SERVICE: [&str; 3] = ["ConfigurationsReady", "Ready", "RoutesReady"];
pub const OF_REVISION: [&str; 3] = ["ContainerHealthy", "Ready", "ResourcesAvailable"];
pub const OF_DOMAIN: [&str; 5] =
    ["CertificateProvisioned", "DomainClaimed", "IngressReady", "Ready", "ReferenceResolved"];

/// The recording as it is compared.
pub fn of(recording: &Recording) -> Shown {
    let mut shown = Shown::default();
    for line in &recording.lines {
        let seconds = line["t"].as_f64().unwrap();
        let name = line["name"].as_str().unwrap_or_default();
        match line["kind"].as_str().unwrap() {
            "ksvc" => shown.conditions(seconds, "ksvc", &line["conditions"], &OF_SERVICE),
            "domainmapping" => {
                shown.conditions(seconds, "domainmapping", &line["conditions"], &OF_DOMAIN)
            }
            "revision" => shown.conditions(seconds, name, &line["conditions"], &OF_REVISION),
            "pod" => shown.container(seconds, name, &line["containerStatuses"]),
            "event" => shown.event(seconds, line),
            _ => {}
        }
    }
    shown.settle(recording.end())
}
