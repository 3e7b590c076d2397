//! Which addresses a notification may go to: public ones, and those that config names. Everything
//! that could reach an internal network is refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::config::Network;

/// Blocks of IPv4 that are no public hosts, after IANA's registry of special purposes: first
/// address and bits that count.
const NOT_PUBLIC_4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local, and with it the metadata service of most clouds.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    // Azure's metadata and agent service has a public address.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
];
/// Public hosts of IPv6 are all within this block.
const PUBLIC_6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// Blocks within it that are none: protocols (Teredo among them), documentation, and 6to4, which
/// leads to an IPv4 address inside of it.
const NOT_PUBLIC_6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether a notification may go there. IPv4 written as IPv6 counts as IPv4.
#[must_use]
pub fn is_permitted(address: IpAddr, allowed: &[Network]) -> bool {
    let is_public = match address.to_canonical() {
        IpAddr::V4(address) => !NOT_PUBLIC_4.iter().any(|block| holds_4(*block, address)),
        IpAddr::V6(address) => {
            holds_6(PUBLIC_6, address) && !NOT_PUBLIC_6.iter().any(|block| holds_6(*block, address))
        }
    };
    is_public || allowed.iter().any(|network| network.contains(address))
}

const fn holds_4((first, bits): (Ipv4Addr, u32), address: Ipv4Addr) -> bool {
    (first.to_bits() ^ address.to_bits()) >> (32 - bits) == 0
}

const fn holds_6((first, bits): (Ipv6Addr, u32), address: Ipv6Addr) -> bool {
    (first.to_bits() ^ address.to_bits()) >> (128 - bits) == 0
}
