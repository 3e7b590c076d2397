//! Where a request really came from, when proxies stand in between.

use std::net::IpAddr;

use crate::config::Network;

/// The nearest address that is not a trusted proxy. `X-Forwarded-For` is read from its end and only as far as proxies are trusted,
/// because everything before that was written by whoever sent it.
#[must_use]
pub fn client_of(peer: IpAddr, forwarded_for: &str, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    for hop in forwarded_for.rsplit(',') {
        if !is_trusted(client) {
            break;
        }
        let Ok(before) = hop.trim().parse::<IpAddr>() else { break };
        client = before.to_canonical();
    }
    client
}
