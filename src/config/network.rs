//! Sets of addresses.

use std::{fmt, net::IpAddr};

use ipnet::IpNet;
use serde::{Deserialize, Deserializer};

use crate::config::text::Text;

/// The prefix of an IPv4 address written as IPv6: `::ffff:0:0/96`.
const MAPPED: u8 = 96;

/// An address, or all that begin with the same bits: `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// Parses an address, or an address and the number of bits that count.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let alone = || text.parse::<IpAddr>().ok().map(IpNet::from);
        let network = text.split_once('/').and_then(|(address, bits)| {
            // The address by std's parser, which takes no leading zeros; ipnet's does.
            IpNet::new(address.parse().ok()?, bits.parse().ok()?).ok()
        });
        let network = network.or_else(alone)?;
        Some(Self(canonical(network)))
    }

    /// Whether it is a part of the internet that one operator can know: a /8 of IPv4 or less, a /16
    /// of IPv6 or less.
    #[must_use]
    pub(crate) fn is_narrow(&self) -> bool {
        match self.0 {
            IpNet::V4(network) => network.prefix_len() >= 8,
            IpNet::V6(network) => network.prefix_len() >= 16,
        }
    }

    /// Whether an address belongs to it; an IPv4 address written as IPv6 counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

/// IPv4 written as IPv6 becomes what it is.
fn canonical(network: IpNet) -> IpNet {
    let prefix = network.prefix_len().checked_sub(MAPPED);
    match (network.addr().to_canonical(), prefix) {
        (address @ IpAddr::V4(_), Some(prefix)) if network.addr().is_ipv6() => {
            IpNet::new(address, prefix).unwrap_or(network)
        }
        _ => network,
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text {
            expected: "an address or network such as \"10.0.0.0/8\"",
            parse: Self::parse,
        })
    }
}
