//! Which hosts are this machine.

use boathook_core::address_text::is_loopback;

#[test]
fn only_loopback_addresses_and_localhost_are_this_machine() {
    for host in
        ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "[::1]", "::1", "::ffff:127.0.0.1"]
    {
        assert!(is_loopback(host), "{host}");
    }
    for host in [
        "",
        "localhost.evil.example",
        "127.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "[::1",
        "0.0.0.0",
        "127.0.0.1:80",
    ] {
        assert!(!is_loopback(host), "{host}");
    }
}
