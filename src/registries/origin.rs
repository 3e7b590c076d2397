//! Where a registry answers that no file says more about.

use std::net::IpAddr;

/// The registry of images that name none, and the host behind it.
const DOCKER_HUB: &str = "docker.io";
const HOST_OF_DOCKER_HUB: &str = "registry-1.docker.io";

/// The host that answers for a registry.
#[must_use]
pub fn host_of(registry: &str) -> &str {
    if registry == DOCKER_HUB { HOST_OF_DOCKER_HUB } else { registry }
}

/// The registry that a host answers for.
pub(super) fn registry_of(host: &str) -> &str {
    if host == HOST_OF_DOCKER_HUB { DOCKER_HUB } else { host }
}

/// The scheme of a host with its port, where nobody says one: containerd speaks plain HTTP to this
/// machine, except at the port of HTTPS.
pub(super) fn scheme_of(host: &str) -> &'static str {
    match host.rsplit_once(':') {
        Some((name, port)) if port != "443" && is_this_machine(name) => "http",
        _ => "https",
    }
}

pub(super) fn is_this_machine(name: &str) -> bool {
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
