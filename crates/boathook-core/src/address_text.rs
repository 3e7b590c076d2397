//! Addresses with their ports, as people write them: `127.0.0.1:8080`, `[::1]:8080`; and whose they
//! are.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use serde::{
    Deserialize, Deserializer,
    de::{Error, Unexpected, Visitor},
};

/// Reads an address with its port.
pub fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    deserializer.deserialize_str(Written)
}

/// Reads an address with its port, or nothing.
pub fn optional<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SocketAddr>, D::Error> {
    #[derive(Deserialize)]
    struct Address(#[serde(deserialize_with = "address")] SocketAddr);
    Ok(Option::<Address>::deserialize(deserializer)?.map(|Address(address)| address))
}

/// Whether a host, as URLs write it, is this machine: no name that DNS could point elsewhere.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

struct Written;

impl Visitor<'_> for Written {
    type Value = SocketAddr;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address and port such as \"127.0.0.1:8080\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<SocketAddr, E> {
        text.parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}
