//! Durations have one grammar: wherever one is written, the same texts are taken and refused.

use std::time::Duration;

use boathook_core::duration_text::{parse, parse_positive, show};
use boathook_sandbox::{Cluster, Registry, Settings};
use boathook_testing::setup::Setup;
use serde_json::{Value, json};

use crate::support::listening::{Listening, shell};

/// Texts of durations longer than 0, with their milliseconds.
const TAKEN: [(&str, u64); 7] = [
    ("250ms", 250),
    ("30s", 30_000),
    ("1m30s", 90_000),
    ("2h", 7_200_000),
    ("24h", 86_400_000),
    ("7d", 604_800_000),
    ("365d", 31_536_000_000),
];
const REFUSED: [&str; 11] =
    ["", "5", "s", "5 s", "-5s", "1.5s", "5sec", "5s5", "PT2H", "366d", "99999999999999999999s"];

#[test]
fn the_same_texts_are_taken_in_files_variables_and_behaviours() {
    let file = |text: &str| {
        let text = format!("health: {{delay: '{text}', timeout: '{text}'}}");
        Setup::new().file("production.yaml", &text).load()
    };
    let variable = |text: &str| {
        let name = "BOATHOOK__ENVIRONMENTS__PRODUCTION__WAITS__READY";
        Setup::new().file("production.yaml", "").variable(name, text).load()
    };
    let registry = Registry::stocked(Cluster::new(Settings::default())).unwrap();
    let behaviour = |text: &str| registry.publish(&format!("r.example/a:1=slow:{text}"));
    for (text, milliseconds) in TAKEN {
        let duration = Duration::from_millis(milliseconds);
        let production =
            |config: boathook::config::Config| config.environments.into_values().next().unwrap();
        let health = production(file(text).unwrap()).health;
        assert_eq!((health.delay, health.timeout), (duration, duration), "{text}");
        assert_eq!(production(variable(text).unwrap()).waits.ready, duration, "{text}");
        assert!(behaviour(text).is_ok(), "{text}");
    }
    for text in REFUSED {
        assert!(file(text).is_err() && variable(text).is_err(), "{text} was taken");
        assert!(behaviour(text).is_err(), "{text} was taken as a behaviour's");
    }
    assert!(parse("0s").is_ok() && parse_positive("0s").is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_and_the_operators_api_take_what_files_take() {
    let listening = Listening::start();
    let socket = listening.socket.display().to_string();
    let lock = async |text: &str| {
        let script = format!(
            "boathook lock dev --reason a --for='{text}' --socket {socket} && boathook unlock dev \
             --socket {socket}"
        );
        shell(&script, &[]).await
    };
    let send = async |text: &str| {
        let request = "--url http://127.0.0.1:1 --environment dev --image r.example/a:1 \
                       --namespace a --service a";
        shell(&format!("boathook send {request} --timeout='{text}' --secret-file /none"), &[]).await
    };
    let api = async |text: &str| {
        let body = json!({"environment": "development", "reason": "a", "for": text});
        let post = |path: &str, body: &Value| {
            format!(
                "curl --silent --output /dev/null --write-out '%{{http_code}} ' --unix-socket \
                 {socket} --json '{body}' http://boathook/v1/{path}"
            )
        };
        let end = post("locks/end", &json!({"environment": "development"}));
        shell(&format!("{}; {end}", post("locks", &body)), &[]).await.stdout
    };
    for (text, _) in TAKEN {
        let locked = lock(text).await;
        assert!(locked.stdout.contains(", until 2"), "{text}: {}", locked.transcript());
        let sent = send(text).await.transcript();
        assert!(sent.contains("/none"), "{text} was refused before the secret was read: {sent}");
        assert_eq!(api(text).await, "200 200 ", "{text}");
    }
    for text in REFUSED.into_iter().chain(["0s"]) {
        for refused in [lock(text).await, send(text).await] {
            let transcript = refused.transcript();
            assert!(transcript.contains("expected a duration"), "{text}: {transcript}");
        }
        assert!(api(text).await.starts_with("400"), "{text} was taken");
    }
}

#[test]
fn a_duration_is_shown_as_it_may_be_written() {
    for (duration, shown) in [
        (Duration::ZERO, "0s"),
        (Duration::from_millis(1_250), "1s250ms"),
        (Duration::from_secs(90), "1m30s"),
        (Duration::from_secs(24 * 3600), "24h"),
        (Duration::from_secs(49 * 3600), "2d1h"),
    ] {
        assert_eq!(show(duration), shown);
        assert_eq!(parse(shown), Ok(duration));
    }
}

#[test]
fn what_journals_hold_is_read_as_before() {
    #[derive(serde::Deserialize)]
    struct Recorded(#[serde(deserialize_with = "boathook_core::duration_text::positive")] Duration);
    let read = |value: Value| serde_json::from_value::<Recorded>(value).map(|Recorded(it)| it);
    assert_eq!(
        read(json!({"secs": 1, "nanos": 500_000_000})).unwrap(),
        Duration::from_millis(1500)
    );
    assert_eq!(read(json!("1s500ms")).unwrap(), Duration::from_millis(1500));
    for wrong in [json!({"secs": 1}), json!({"secs": 1, "nanos": 0, "more": 1}), json!(5)] {
        let error = read(wrong).unwrap_err().to_string();
        assert!(error.contains("expected a duration longer than 0, such as \"5s\""), "{error}");
    }
}
