//! `X-Forwarded-For`.

use std::net::{IpAddr, SocketAddr};

use boathook::{config::Network, intake::client_of};
use boathook_testing::properties::cases;
use proptest::{
    collection::vec,
    prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest},
};

fn hop() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (0..4_u8).prop_map(|n| format!("10.0.0.{n}")),
        2 => any::<IpAddr>().prop_map(|address| address.to_string()),
        1 => (0..4_u8).prop_map(|n| format!("::ffff:10.0.0.{n}")),
        1 => "[^,]{0,12}",
    ]
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn what_a_stranger_writes_changes_nothing(peer: IpAddr, header in ".{0,60}") {
        prop_assert_eq!(client_of(peer, &header, &[]), Some(peer.to_canonical()));
    }

    #[test]
    fn the_client_is_the_nearest_address_that_is_no_proxy(
        peer in 0..4_u8,
        hops in vec(hop(), 0..8),
    ) {
        let proxies = [Network::parse("10.0.0.0/31").unwrap()];
        let trusted = |address: IpAddr| proxies[0].contains(address);
        let peer: IpAddr = format!("10.0.0.{peer}").parse().unwrap();
        let client = client_of(peer, &hops.join(", "), &proxies);
        let address = |hop: &str| hop.parse::<IpAddr>().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()));
        let mut expected = Some(peer);
        for hop in hops.iter().rev().map(|hop| hop.trim()).filter(|hop| !hop.is_empty()) {
            match expected {
                Some(nearest) if trusted(nearest) => expected = address(hop).map(|address| address.to_canonical()),
                _ => break,
            }
        }
        prop_assert_eq!(client, expected);
        prop_assert!(trusted(peer) || client == Some(peer));
    }
}
