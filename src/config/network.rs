//! Sets of addresses.

use std::{fmt, net::IpAddr};

use serde::{Deserialize, Deserializer};

use crate::config::text::Text;

/// The prefix of an IPv4 address written as IPv6: `::ffff:0:0/96`.
const MAPPED: u32 = 96;

/// An address, or all that begin with the same bits: `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    /// Parses an address, or an address and the number of bits that count.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) =
            text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().ok()?;
        let width = width(address);
        let prefix = match prefix {
            Some(prefix) => prefix.parse().ok().filter(|prefix| *prefix <= width)?,
            None => width,
        };
        Some(Self { address, prefix }.canonical())
    }

    /// IPv4 written as IPv6 becomes what it is.
    fn canonical(self) -> Self {
        match (self.address.to_canonical(), self.prefix.checked_sub(MAPPED)) {
            (address @ IpAddr::V4(_), Some(prefix)) if self.address.is_ipv6() => {
                Self { address, prefix }
            }
            _ => self,
        }
    }

    /// Whether it is a part of the internet that one operator can know: a /8 of IPv4 or less, a /16
    /// of IPv6 or less.
    #[must_use]
    pub(crate) fn is_narrow(&self) -> bool {
        self.prefix >= if self.address.is_ipv4() { 8 } else { 16 }
    }

    /// Whether an address belongs to it; an IPv4 address written as IPv6 counts as IPv4.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (ours, theirs) = (self.address, address.to_canonical());
        let ignored = width(ours).saturating_sub(self.prefix);
        width(ours) == width(theirs)
            && bits(ours).checked_shr(ignored) == bits(theirs).checked_shr(ignored)
    }
}

const fn width(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

const fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits() as u128,
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
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
