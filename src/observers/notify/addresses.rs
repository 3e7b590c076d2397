//! Which addresses a notification may go to: public ones, and those that config names. Everything
//! that could reach an internal network is refused.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use crate::config::Network;

/// Blocks of IPv4 that are no public hosts, after IANA's registry of special purposes.
const NOT_PUBLIC_4: [Ipv4Net; 16] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    // Link-local, and with it the metadata service of most clouds.
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
    // Azure's metadata and agent service has a public address.
    v4([168, 63, 129, 16], 32),
];
/// Public hosts of IPv6 are all within this block.
const PUBLIC_6: Ipv6Net = v6([0x2000, 0], 3);
/// Blocks within it that are none: protocols (Teredo among them), documentation, and 6to4, which
/// leads to an IPv4 address inside of it.
const NOT_PUBLIC_6: [Ipv6Net; 4] =
    [v6([0x2001, 0], 23), v6([0x2001, 0xdb8], 32), v6([0x2002, 0], 16), v6([0x3fff, 0], 20)];

/// Whether a notification may go there. IPv4 written as IPv6 counts as IPv4.
pub(super) fn is_permitted(address: IpAddr, allowed: &[Network]) -> bool {
    let is_public = match address.to_canonical() {
        IpAddr::V4(address) => !NOT_PUBLIC_4.iter().any(|block| block.contains(&address)),
        IpAddr::V6(address) => {
            PUBLIC_6.contains(&address)
                && !NOT_PUBLIC_6.iter().any(|block| block.contains(&address))
        }
    };
    is_public || allowed.iter().any(|network| network.contains(address))
}

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6([a, b]: [u16; 2], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), prefix)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::is_permitted;
    use crate::config::Network;

    fn permitted(address: &str, allowed: &[&str]) -> bool {
        let allowed: Vec<Network> =
            allowed.iter().map(|text| Network::parse(text).unwrap()).collect();
        is_permitted(address.parse::<IpAddr>().unwrap(), &allowed)
    }

    #[test]
    fn only_public_addresses_are_permitted() {
        for address in [
            "8.8.8.8",
            "1.1.1.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "100.63.0.1",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
        ] {
            assert!(permitted(address, &[]), "{address}");
        }
        let inside_4 = "127.0.0.1 127.8.8.8 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 \
                        192.168.1.1 169.254.169.254 169.254.170.2 100.64.0.1 100.100.100.200 \
                        192.0.0.192 168.63.129.16 224.0.0.1 255.255.255.255 198.18.0.1 203.0.113.1";
        let inside_6 = "::1 :: fe80::1 fc00::1 fd00:ec2::254 ff02::1 2001:db8::1 2001::1 \
                        2002:7f00:1:: 64:ff9b::7f00:1 ::127.0.0.1 ::ffff:127.0.0.1 \
                        ::ffff:10.0.0.1 ::ffff:169.254.169.254";
        for address in inside_4.split_whitespace().chain(inside_6.split_whitespace()) {
            assert!(!permitted(address, &[]), "{address}");
        }
    }

    #[test]
    fn what_config_names_is_permitted_and_nothing_beside_it() {
        assert!(permitted("10.0.0.7", &["10.0.0.0/24"]));
        assert!(permitted("::ffff:10.0.0.7", &["10.0.0.0/24"]));
        assert!(permitted("fd00::7", &["192.168.0.1", "fd00::/8"]));
        assert!(!permitted("10.0.1.7", &["10.0.0.0/24"]));
        assert!(!permitted("127.0.0.1", &["10.0.0.0/8"]));
    }
}
