//! The relays that webhooks may come from.

use boathook_testing::setup::Setup;
use expect_test::expect;

const RELAYS: &str = "BOATHOOK__SOURCES__RELAYS";

fn setup(relays: &str) -> Setup {
    Setup::new().variable(RELAYS, relays).file("development.yaml", "")
}

#[test]
fn the_events_of_a_channel_are_where_its_kind_has_them() {
    let at = |kind: &str, url: &str| {
        let relays = format!("[{{name: ours, kind: {kind}, url: '{url}'}}]");
        setup(&relays).config().sources.relays[0].events_url().to_string()
    };
    let urls = [
        at("smee", "https://smee.io/Abc123"),
        at("smee", "http://127.0.0.1:3000/Abc123/"),
        at("smee", "http://localhost:3000/Abc123"),
        at("gosmee", "https://hooks.example.com/Abc123def456"),
        at("gosmee", "https://example.com/hooks/Abc123def456/"),
        at("gosmee", "http://[::1]:3333/events/Abc123def456"),
    ];
    expect![[r#"
        https://smee.io/Abc123
        http://127.0.0.1:3000/Abc123
        http://localhost:3000/Abc123
        https://hooks.example.com/events/Abc123def456
        https://example.com/hooks/events/Abc123def456
        http://[::1]:3333/events/Abc123def456"#]]
    .assert_eq(&urls.join("\n"));
}

#[test]
fn an_address_that_anyone_could_listen_to_or_that_is_no_channel_is_refused_without_being_shown() {
    let urls = [
        "http://smee.io/a-secret-channel",
        "http://localhost@smee.io/a-secret-channel",
        "http://127.0.0.1.example.com/a-secret-channel",
        "https://user:password@smee.io/a-secret-channel",
        "https://smee.io/",
        "https://smee.io/a-secret-channel?pubkey=7",
        "a-secret-channel",
    ];
    for url in urls {
        let relays = format!("[{{name: ours, kind: smee, url: '{url}'}}]");
        let problems = setup(&relays).problem();
        assert!(problems.contains("the url of a relay"), "{url}: {problems}");
        assert!(!problems.contains("a-secret-channel"), "{problems}");
    }
}

#[test]
fn relays_have_plain_names_of_their_own() {
    let relay = |name: &str| format!("{{name: {name}, kind: smee, url: 'https://smee.io/Abc123'}}");
    let problems = setup(&format!("[{}, {}]", relay("ours"), relay("ours"))).problem();
    assert!(problems.contains("is another relay's too"), "{problems}");
    let problems = setup(&format!("[{}]", relay("'The Relay'"))).problem();
    assert!(problems.contains("must be 1 to 40 of a-z, 0-9 and -"), "{problems}");
}
