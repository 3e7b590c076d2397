//! What `boathook check` says of relays, of issuers of identity tokens, and where nothing can arrive.

use boathook::{
    check::{CheckResult, no_way_in},
    config::Config,
    github::Credential,
    sources::relay::{Bytestream, ConnectError, RelayTransport, Subscribe},
};
use boathook_testing::{fake_issuer::Mood, github::TOKEN};
use expect_test::expect;
use futures_util::{FutureExt as _, future::BoxFuture};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::{
    check_harness::{CheckHarness, DEFAULT, DEVELOPMENT, ISSUER, config, lines},
    relay_channel::{
        Channel,
        Connection::{Cut, Silent},
    },
};

const PLAIN: &str = "enabled: true\nsecrets: [{id: ci, env: SECRET}]";

/// A relay that takes no subscription.
struct Refusing(fn() -> ConnectError);

impl RelayTransport for Refusing {
    fn subscribe(&self, _: Subscribe) -> BoxFuture<'_, Result<Bytestream, ConnectError>> {
        async { Err((self.0)()) }.boxed()
    }
}

fn with_relay_and_issuer() -> Config {
    let relay = "relays: [{name: ours, kind: smee, url: 'https://relay.example:8443/a-secret-channel'}], github:";
    let issuer = format!(
        "identity: [{{name: ci, issuer: '{ISSUER}', audience: 'https://hooks.example.com'}}]"
    );
    config(&format!("{}\n{issuer}", DEFAULT.replace("github:", relay)), PLAIN)
}

/// What is said of one check; never the channel.
async fn said_of(
    check: &str,
    harness: &CheckHarness,
    relay: impl RelayTransport + 'static,
) -> String {
    let credential = Credential::Token(TOKEN.to_owned());
    let found = harness.found(&with_relay_and_issuer(), credential, relay).await;
    let found: Vec<CheckResult> = found.into_iter().filter(|one| one.check == check).collect();
    let text = lines(&found);
    assert!(!text.contains("a-secret-channel"), "{text}");
    text
}

#[tokio::test(start_paused = true)]
async fn a_relay_is_well_once_it_writes_an_event() {
    let harness = CheckHarness::new();
    let writing = Channel::of([Cut("data: {}\n\n".to_owned())]);
    let mut said = said_of("relay", &harness, writing).await;
    for quiet in [Channel::of([Cut(String::new())]), Channel::of([Silent(String::new())])] {
        said += &said_of("relay", &harness, quiet).await;
    }
    let refusals: [fn() -> ConnectError; 5] = [
        || ConnectError::Unreached("no route".into()),
        || ConnectError::Refused(StatusCode::NOT_FOUND),
        || ConnectError::Refused(StatusCode::TOO_MANY_REQUESTS),
        || ConnectError::Refused(StatusCode::BAD_GATEWAY),
        || ConnectError::NotEvents,
    ];
    for refusal in refusals {
        said += &said_of("relay", &harness, Refusing(refusal)).await;
    }
    expect![[r#"
        Ok relay: `ours` at relay.example answers with events
        Ok relay: `ours` at relay.example answers with events
        Ok relay: `ours` at relay.example answers with events
        Error relay: `ours` at relay.example: it cannot be reached: no route
          -> curl -sI https://relay.example:8443; then see DNS, the firewall, and HTTPS_PROXY of boathook's unit (systemctl show -p Environment boathook)
        Error relay: `ours` at relay.example: it answered with 404 Not Found
          -> correct url and kind of `ours` under sources.relays in default.yaml: url is what senders post to
        Warning relay: `ours` at relay.example: it answered with 429 Too Many Requests
          -> boathook check, in some minutes; see whether the relay works
        Warning relay: `ours` at relay.example: it answered with 502 Bad Gateway
          -> boathook check, in some minutes; see whether the relay works
        Error relay: `ours` at relay.example: it did not answer with server-sent events; is `url` that of a channel?
          -> correct url and kind of `ours` under sources.relays in default.yaml: url is what senders post to
    "#]].assert_eq(&said);
}

#[tokio::test(start_paused = true)]
async fn an_issuer_is_well_if_it_publishes_a_key_that_can_be_used() {
    let harness = CheckHarness::new();
    let mut said = String::new();
    for mood in [Mood::Away, Mood::Silent, Mood::Another] {
        harness.issuer.set(mood);
        said += &said_of("identity", &harness, Channel::default()).await;
    }
    harness.issuer.set(Mood::Answers);
    said += &said_of("identity", &harness, Channel::default()).await;
    expect![[r#"
        Error identity: `ci`: https://issuer.example/.well-known/openid-configuration could not be read: it answered 503 Service Unavailable
          -> curl -sI https://issuer.example/.well-known/openid-configuration; then see DNS, the firewall, and HTTPS_PROXY of boathook's unit (systemctl show -p Environment boathook); or correct `issuer` or `jwks` of `ci` under identity in default.yaml
        Error identity: `ci`: https://issuer.example/.well-known/openid-configuration did not answer within 10s
          -> curl -sI https://issuer.example/.well-known/openid-configuration; then see DNS, the firewall, and HTTPS_PROXY of boathook's unit (systemctl show -p Environment boathook); or correct `issuer` or `jwks` of `ci` under identity in default.yaml
        Error identity: `ci`: https://issuer.example/.well-known/openid-configuration is the discovery document of another issuer
          -> correct `issuer` of `ci` under identity in default.yaml to what its tokens say (`iss`), or name the address of its keys in `jwks`
        Ok identity: `ci`: https://issuer.example publishes usable keys (1)
    "#]].assert_eq(&said);
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_publishes_no_usable_key_is_reported() {
    let harness = CheckHarness::new();
    harness.issuer.rotate(Vec::new());
    let issuer = format!(
        "{DEFAULT}\nidentity: [{{name: ci, issuer: '{ISSUER}', audience: 'https://hooks.example.com'}}]"
    );
    let credential = Credential::Token(TOKEN.to_owned());
    let found = harness.found(&config(&issuer, PLAIN), credential, Channel::default()).await;
    expect![[r#"
        Error identity: `ci`: https://issuer.example/keys cannot be used: none of its keys is for RS256 or ES256 signatures and has a `kid`
          -> boathook verifies RS256 and ES256: have the issuer of `ci` sign with one of them
    "#]].assert_eq(&lines(&found[found.len() - 1..]));
}

#[test]
fn where_nothing_can_arrive_there_is_a_warning() {
    let found = |default: &str, development: &str| {
        no_way_in(&config(default, development)).map(|found| lines(&[found]))
    };
    let closed = "server: {listen: null}";
    expect![[r#"
        Warning exposure: there is neither a public listener (server.listen: null) nor a source
          -> name repositories under github.repositories in an environment's file, with sources.github.token in default.yaml; or a relay under sources.relays; or an address in server.listen
    "#]].assert_eq(&found(closed, PLAIN).unwrap());
    assert!(found(DEFAULT, PLAIN).is_some(), "nobody names a repository");
    let relay = format!(
        "{closed}\nsources: {{relays: {}}}",
        json!([{"name": "ours", "kind": "smee", "url": "https://relay.example/abc"}])
    );
    for (default, development) in [(DEFAULT, DEVELOPMENT), (&relay, PLAIN), ("{}", PLAIN)] {
        assert_eq!(found(default, development), None, "{default}");
    }
}
