//! The client's address of a request that came through proxies.

use std::net::{IpAddr, SocketAddr};

use crate::config::Network;

/// The nearest address that is not a trusted proxy; none if a trusted proxy sent an invalid
/// address. `X-Forwarded-For` is read from its end and only as far as proxies are trusted, because
/// everything before that was written by the sender.
#[must_use]
pub fn client_of(peer: IpAddr, forwarded_for: &str, trusted: &[Network]) -> Option<IpAddr> {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    for hop in forwarded_for.rsplit(',').map(str::trim).filter(|hop| !hop.is_empty()) {
        if !is_trusted(client) {
            break;
        }
        client = address(hop)?.to_canonical();
    }
    Some(client)
}

/// Some proxies write the port too.
fn address(hop: &str) -> Option<IpAddr> {
    hop.parse().ok().or_else(|| hop.parse().ok().map(|address: SocketAddr| address.ip()))
}
