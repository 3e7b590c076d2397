//! Where a registry answers that no file says more about.

use boathook_core::address_text::is_loopback;

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
#[must_use]
pub fn scheme_of(host: &str) -> &'static str {
    match host.rsplit_once(':') {
        Some((name, port)) if port != "443" && is_loopback(name) => "http",
        _ => "https",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_of_this_machine_speaks_plain_http_unless_it_is_that_of_https() {
        for plain in ["localhost:5000", "127.0.0.1:80", "[::1]:5000"] {
            assert_eq!(scheme_of(plain), "http", "{plain}");
        }
        for encrypted in ["localhost", "localhost:443", "127.0.0.1:443", "10.0.0.1:5000", "ghcr.io"]
        {
            assert_eq!(scheme_of(encrypted), "https", "{encrypted}");
        }
    }
}
