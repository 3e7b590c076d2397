//! What the audit log says: every record of the journal and refused requests, who and what, and
//! never a token or a secret.

use std::{collections::BTreeMap, time::Duration};

use boathook::{
    intake::{Keyring, SigningKey},
    observers::audit::{Refusals, Refused},
    redact::Redactor,
};
use boathook_core::{
    deployment::{
        Actor, DeploymentId, Environment, Key, KeyUse, Repository, Requester, SIGNATURE_HEADER,
        Token, sign,
    },
    health::Figures,
    record::{
        Acceptance, CommandEvent, DeploymentEvent, Event, Origin, RequestSource, VerifiedIdentity,
    },
    rollout::Action,
};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{
    audit_harness::{AuditHarness, note, refused},
    delivery::{DEVELOPMENT, Delivery, body, body_with},
    harness::{Harness, PRODUCTION, SHARED, signing},
    samples::{self, QUEUE, append_all},
};
use expect_test::expect;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// The lines without what holds the chain together, and without what is random.
fn transcript(harness: &AuditHarness) -> String {
    let result = harness.lines().into_iter().map(|line| {
        let Value::Object(mut line) = line else { panic!("no object") };
        ["number", "previous", "hash", "at"].into_iter().for_each(|name| {
            assert!(line.remove(name).is_some(), "{name}");
        });
        if line.remove("deployment").is_some() {
            line.insert("deployment".to_owned(), json!("ID"));
        }
        Value::Object(line).to_string()
    });
    result.collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn the_source_of_a_request_and_the_identity_of_its_sender_are_told() {
    let harness = AuditHarness::new();
    let repository = Repository::parse("acme/game").unwrap();
    let from_github = RequestSource::GitHub { repository, deployment: 7 };
    let by_relay = RequestSource::Relay { name: "ours".to_owned() };
    let identity = VerifiedIdentity {
        issuer: "github".to_owned(),
        subject: "repo:acme/game".to_owned(),
        token_id: "t-7".to_owned(),
        claims: [("ref".to_owned(), "refs/heads/main".to_owned())].into(),
    };
    let acceptance = Acceptance {
        source: by_relay.clone(),
        identity: Some(identity),
        signed_by: "oidc:github".to_owned(),
        ..samples::acceptance("game", "101-1")
    };
    harness.journal.accept(acceptance, QUEUE).await.unwrap();
    let (auditor, refusals) = harness.auditor();
    for source in [from_github, by_relay] {
        note(&refusals, Refused { source, ..refused("192.0.2.7") });
    }
    let stop = CancellationToken::new();
    stop.cancel();
    auditor.run(stop).await;
    let who = harness.lines().into_iter().map(|line| line["who"].to_string());
    expect![[r#"
        {"client":"192.0.2.7","source":{"deployment":7,"kind":"github","repository":"acme/game"}}
        {"client":"192.0.2.7","source":{"kind":"relay","name":"ours"}}
        {"identity":{"claims":{"ref":"refs/heads/main"},"issuer":"github","subject":"repo:acme/game","token_id":"t-7"},"secret":"oidc:github","source":{"kind":"relay","name":"ours"},"use":"deploy"}"#]].assert_eq(&who.collect::<Vec<_>>().join("\n"));
}

#[tokio::test(start_paused = true)]
async fn every_record_of_a_deployment_is_reported_with_who_and_what() {
    let harness = AuditHarness::new();
    let mut request = samples::request("game", "101-1");
    request.triggered_by = Some("jane".to_owned());
    let acceptance = Acceptance {
        client: Some("192.0.2.7".parse().unwrap()),
        delivery: Some("7".to_owned()),
        ..samples::accepted_as_sent(request)
    };
    let id = samples::new(harness.journal.accept(acceptance, QUEUE).await.unwrap()).id;
    let digest = samples::image(&format!("registry.example/game@sha256:{}", "b".repeat(64)));
    let mut events = samples::success("game", "game-00002", &digest);
    events.insert(
        4,
        Event::Deployment(DeploymentEvent::Steered {
            action: Action::Pause,
            by: Requester::operator("root: look at it"),
        }),
    );
    append_all(&harness.journal, &id, events).await;
    harness.audit().await;
    expect![[r#"
        {"attempt":1,"commit":"4f2a9c1","delivery":"7","deployment":"ID","deployment_id":"101-1","environment":"staging","image":"registry.example/game:1","namespace":"game","sequence":1,"service":"game","strategy":"rolling","what":"accepted","who":{"client":"192.0.2.7","secret":"staging-1","triggered_by":"jane","use":"deploy"}}
        {"deployment":"ID","sequence":2,"what":"started","who":{"program":"boathook"}}
        {"argv":["kubectl","get"],"command":1,"deployment":"ID","sequence":3,"what":"command_started","who":{"program":"boathook"}}
        {"command":1,"deployment":"ID","duration_ms":12,"exit":"exit code 0","sequence":4,"stderr":"","stdout":"{}","what":"command_ended","who":{"program":"boathook"}}
        {"deployment":"ID","rollback":["pin_traffic"],"sequence":5,"steps":["pull_image","shift_traffic"],"what":"planned","who":{"program":"boathook"}}
        {"action":"pause","deployment":"ID","sequence":6,"what":"steered","who":{"operator":"root: look at it"}}
        {"deployment":"ID","sequence":7,"step":"some_step","what":"step_started","who":{"program":"boathook"}}
        {"deployment":"ID","learned":[{"finding":"image","is":"registry.example/game@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}],"sequence":8,"what":"step_ended","who":{"program":"boathook"}}
        {"deployment":"ID","sequence":9,"step":"some_step","what":"step_started","who":{"program":"boathook"}}
        {"deployment":"ID","learned":[{"finding":"candidate","is":{"name":"game-00002","uid":"u-1"}}],"sequence":10,"what":"step_learned","who":{"program":"boathook"}}
        {"deployment":"ID","learned":[{"finding":"serving","is":{"percent":100}}],"sequence":11,"what":"step_ended","who":{"program":"boathook"}}
        {"deployment":"ID","end":"succeeded","sequence":12,"what":"ended","who":{"program":"boathook"}}"#]].assert_eq(&transcript(&harness));
}

#[tokio::test(start_paused = true)]
async fn a_watch_is_reported_with_its_verdict_and_its_figures_and_its_rollback_is_boathooks_own() {
    let harness = AuditHarness::new();
    for (number, letter) in [("1", "a"), ("2", "b")] {
        let id = samples::accept(&harness.journal, "game", number).await;
        let digest = samples::image(&format!("registry.example/game@sha256:{}", letter.repeat(64)));
        let events = samples::watched_success("game", &format!("game-0000{number}"), &digest);
        append_all(&harness.journal, &id, events).await;
    }
    let [(late, _)] = &harness.journal.watched()[..] else { panic!("one of them is watched") };
    let figures = Figures { samples: 480, failures: 3, ..Figures::default() };
    harness.journal.roll_back_watched(late, "no answer".to_owned(), figures).await.unwrap();
    harness.audit().await;
    let lines = transcript(&harness);
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let watched = lines.filter(|line| line["until"].is_string() || line["end"] != "succeeded");
    let told = watched.map(|line| {
        let words = ["what", "end", "reason", "then", "rollback", "after_watch_of"]
            .map(|key| line[key].as_str().unwrap_or_default().replace(late.as_str(), "LATE"));
        let [what, end, reason, then, rollback, after] = words;
        let by = &line["who"]["program"];
        let rolls = !rollback.is_empty();
        format!("{what} by {by}: {end} {reason} {then} {rolls} {after} {}", line["samples"])
    });
    let told = told.filter(|line| line.contains("watch") || line.contains("LATE"));
    expect![[r#"
        watched by "boathook":    false  null
        watch_ended by "boathook": replaced   false  0
        watched by "boathook":    false  null
        accepted by "boathook":    false LATE null
        withdrawn by "boathook":  LATE of game/game in staging was rolled back: no answer  false  null
        watch_ended by "boathook": bad no answer rolls_back true  480"#]].assert_eq(&told.collect::<Vec<_>>().join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_retry_and_a_rollback_are_reported_with_the_operator_who_ordered_them() {
    let harness = AuditHarness::new();
    for (id, origin) in [
        ("1", Origin::Retry { of: DeploymentId::from_lookup("first"), by: Actor::new("jane") }),
        (
            "2",
            Origin::Rollback {
                to: DeploymentId::from_lookup("first"),
                by: Actor::new("john"),
                after_watch: None,
            },
        ),
    ] {
        harness
            .journal
            .accept(Acceptance { origin, attempt: 2, ..samples::acceptance("game", id) }, QUEUE)
            .await
            .unwrap();
    }
    harness.audit().await;
    let result = harness
        .lines()
        .iter()
        .map(|line| format!("{} {} {}", line["who"], line["retry_of"], line["rollback_to"]))
        .collect::<Vec<_>>();
    expect![[r#"
        {"operator":"jane","secret":"staging-1","use":"deploy"} "first" null
        {"operator":"john","secret":"staging-1","use":"deploy"} null "first""#]]
    .assert_eq(&result.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn an_approval_and_a_rejection_are_reported_with_the_operator_who_gave_them() {
    let harness = AuditHarness::new();
    for (id, event) in [
        ("1", Event::Deployment(DeploymentEvent::Approved { by: Actor::new("ada").noting("go") })),
        (
            "2",
            Event::Deployment(DeploymentEvent::Rejected {
                by: Actor::new("ada").noting("not now"),
            }),
        ),
    ] {
        let approve_until = Some("2026-08-01T12:00:00Z".parse().unwrap());
        let accepted = harness
            .journal
            .accept(Acceptance { approve_until, ..samples::acceptance("game", id) }, QUEUE)
            .await
            .unwrap();
        harness.journal.append(&samples::new(accepted).id, event).await.unwrap();
    }
    harness.audit().await;
    let line = |line: &Value| {
        format!(
            "{} {} {} {}",
            line["what"], line["who"]["operator"], line["note"], line["approve_until"]
        )
    };
    expect![[r#"
        "accepted" null null "2026-08-01T12:00:00Z"
        "approved" "ada" "go" null
        "accepted" null null "2026-08-01T12:00:00Z"
        "rejected" "ada" "not now" null"#]]
    .assert_eq(&harness.lines().iter().map(line).collect::<Vec<_>>().join("\n"));
}

#[tokio::test(start_paused = true)]
async fn tokens_confirmation_words_and_unknown_fields_are_never_told() {
    let harness = AuditHarness::new();
    let mut request = samples::request("game", "101-1");
    request.confirmation = Some("the-confirmation-word".to_owned());
    request.extra.insert("api_key".to_owned(), json!("the-unknown-field"));
    let acceptance =
        Acceptance { token: Token::from_random([9; 32]), ..samples::accepted_as_sent(request) };
    let token = acceptance.token.reveal().to_owned();
    harness.journal.accept(acceptance, QUEUE).await.unwrap();
    harness.audit().await;
    let log = String::from_utf8(harness.log()).unwrap();
    for secret in [token.as_str(), "the-confirmation-word", "the-unknown-field"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
    assert!(log.contains("101-1"));
}

#[tokio::test(start_paused = true)]
async fn arguments_and_output_of_any_length_are_cut_to_what_a_line_may_hold() {
    let harness = AuditHarness::new();
    let id = samples::accept(&harness.journal, "game", "101-1").await;
    let long = "\u{7f}é".repeat(10_000);
    let ended = Event::Command(CommandEvent::CommandEnded {
        command: 1,
        exit: long.clone().into(),
        duration_ms: 1,
        stdout: long.clone(),
        stderr: long.clone(),
    });
    append_all(
        &harness.journal,
        &id,
        vec![
            Event::Deployment(DeploymentEvent::Started),
            Event::Command(CommandEvent::CommandStarted { command: 1, argv: vec![long; 100] }),
            ended,
        ],
    )
    .await;
    harness.audit().await;
    let longest = harness.text_lines().iter().map(Vec::len).max().unwrap();
    assert!((65_536..400_000).contains(&longest), "{longest}");
    let exit = harness.lines_of("command_ended")[0]["exit"].as_str().unwrap().to_owned();
    assert!(
        exit.contains(" bytes left out] ") && exit.starts_with("\u{7f}") && exit.ends_with('é')
    );
    harness.proof();
}

#[tokio::test(start_paused = true)]
async fn lines_come_while_deployments_run() {
    let harness = AuditHarness::new();
    let (auditor, _refusals) = harness.auditor();
    let stop = CancellationToken::new();
    let auditing = tokio::spawn(auditor.run(stop.clone()));
    for id in ["101-1", "102-1"] {
        let last = harness.journal.last_sequence() + 11;
        harness.record(id).await;
        let wait = async {
            while !harness.file("audit.log").exists() || harness.sequences().last() != Some(&last) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), wait).await;
        assert!(
            waited.is_ok(),
            "waited for the line of record {last}, saw {:?}",
            harness.sequences()
        );
    }
    stop.cancel();
    auditing.await.unwrap();
    harness.assert_every_record_has_one_line();
}

#[tokio::test(start_paused = true)]
async fn refused_webhooks_tries_at_a_deployments_page_and_refused_orders_are_reported_with_address_and_reason()
 {
    let (refusals, queue) = Refusals::channel();
    let mut listener =
        Harness::with(|admission| admission.redactor = Redactor::knowing([PRODUCTION]));
    listener.public.refusals = refusals;
    let refused = [
        Delivery::of(&body())
            .signed_by(b"not a secret that anyone has")
            .header("X-GitHub-Delivery", std::str::from_utf8(PRODUCTION).unwrap()),
        Delivery::of(&body_with(json!({"image": "registry.example/acme/other:2"}))),
        Delivery::raw(b"{"),
        Delivery::of(&body()).method(actix_web::http::Method::PUT),
        Delivery::get("/deployments/unknown?token=the-token"),
    ];
    for delivery in refused {
        let answer = listener.send(delivery).await;
        assert!(answer.status >= 400, "{}", answer.text);
    }
    listener.send(Delivery::of(&body())).await;
    let ordered = listener.post("/v1/deployments/unknown/abort", json!({})).await;
    assert_eq!(ordered.status, 403, "{}", ordered.text);
    let harness = AuditHarness::of(queue).await;
    expect![[r#"
        {"delivery":"[redacted]","method":"POST","path":"/webhook/deploy","reason":"invalid signature: no secret fits the signature and the body","status":401,"what":"refused","who":{}}
        {"delivery":"7","method":"PUT","path":"/webhook/deploy","reason":"method not allowed; use POST","status":405,"what":"refused","who":{}}
        {"method":"GET","path":"/deployments/unknown","reason":"not found","status":404,"what":"refused","who":{}}
        {"method":"POST","path":"/v1/deployments/unknown/abort","reason":"changes are accepted only on boathook's Unix socket, where the caller's user is known","status":403,"what":"refused","who":{}}
        {"delivery":"7","method":"POST","path":"/webhook/deploy","reason":"development does not accept this deployment: image `registry.example/acme/other` matches no pattern of `allow.images`","status":403,"what":"refused","who":{"secret":"development-1"}}
        {"delivery":"7","method":"POST","path":"/webhook/deploy","reason":"the body is not the JSON object of a deployment: EOF while parsing an object at line 1 column 1","status":400,"what":"refused","who":{"secret":"development-1"}}"#]].assert_eq(&transcript(&harness));
}

#[tokio::test(start_paused = true)]
async fn operators_read_what_is_wrong_with_a_signature_and_from_which_address_and_senders_do_not() {
    let (refusals, queue) = Refusals::channel();
    let expired = Key {
        environment: Environment::DEVELOPMENT,
        id: "old".to_owned(),
        key_use: KeyUse::Deploy,
        not_after: Some("2020-01-01T00:00:00Z".parse().unwrap()),
    };
    let mut listener = Harness::with(|admission| {
        admission.keyring = Keyring::new(vec![
            signing(Environment::DEVELOPMENT, "new", DEVELOPMENT),
            signing(Environment::PRODUCTION, "production-1", PRODUCTION),
            SigningKey::new(expired, SHARED),
        ]);
    });
    listener.public.refusals = refusals;
    let text = body().to_string();
    let sent = |sent: &str, signed: &str| {
        let signature = sign(DEVELOPMENT, signed.as_bytes());
        Delivery::raw(sent.as_bytes()).header(SIGNATURE_HEADER, &signature)
    };
    let whole = || Delivery::of(&body());
    let good = sign(DEVELOPMENT, text.as_bytes());
    let refused = [
        whole().without(SIGNATURE_HEADER).from("203.0.113.9"),
        whole().also(SIGNATURE_HEADER, &good),
        whole().header(SIGNATURE_HEADER, "sha1=00"),
        whole().signed_by(b"not a secret that anyone has"),
        whole().signed_by(PRODUCTION),
        whole().signed_by(SHARED),
        sent(&text, &format!("{text}\n")),
        sent(&format!("{text}\n"), &text),
        sent(&format!("{text}\r\n"), &format!("{text}\n")),
    ];
    for delivery in refused {
        let answer = listener.send(delivery).await;
        assert_eq!(answer.refusal(), "401 Invalid signature");
    }
    let lines = AuditHarness::of(queue).await.lines();
    let said: Vec<_> =
        lines.iter().map(|line| format!("{} {}", line["who"]["client"], line["reason"])).collect();
    expect![[r#"
        "203.0.113.9" "invalid signature: it came without a signature header"
        null "invalid signature: a signature header came more than once"
        null "invalid signature: a signature header is not `sha256=` and 64 hexadecimal digits or their base64, or, from a forge, the digits alone"
        null "invalid signature: no secret fits the signature and the body"
        null "invalid signature: secret `old` of development signed it, and has expired"
        null "invalid signature: secret `new` of development signed the body with another line break at its end; sign exactly the bytes that are sent"
        null "invalid signature: secret `new` of development signed the body with another line break at its end; sign exactly the bytes that are sent"
        null "invalid signature: secret `new` of development signed the body with another line break at its end; sign exactly the bytes that are sent"
        null "invalid signature: secret `production-1` of production signed it, which is not the environment that it is for""#]].assert_eq(&said.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_flood_of_refusals_gets_some_lines_and_the_rest_is_counted_in_one_a_minute() {
    let harness = AuditHarness::new();
    let (auditor, refusals) = harness.auditor();
    let stop = CancellationToken::new();
    let auditing = tokio::spawn(auditor.run(stop.clone()));
    let hour = Duration::from_secs(3600);
    let begun = tokio::time::Instant::now();
    let mut sent = 0;
    while begun.elapsed() < hour {
        (0..100).for_each(|_| note(&refusals, refused("192.0.2.7")));
        sent += 100;
        tokio::time::sleep(Duration::from_millis(900)).await;
    }
    stop.cancel();
    auditing.await.unwrap();
    let mut lines = BTreeMap::new();
    harness
        .lines()
        .iter()
        .for_each(|line| *lines.entry(line["what"].as_str().unwrap().to_owned()).or_insert(0) += 1);
    // 60 at once, then one in ten seconds.
    assert!((415..=425).contains(&lines["refused"]), "{lines:?}");
    assert!((55..=61).contains(&lines["left_out"]), "{lines:?}");
    let number = |line: &Value| {
        line["reason"]
            .as_str()
            .unwrap()
            .strip_suffix(" refusals were left out")
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    let left_out = harness.lines_of("left_out").iter().map(number).sum::<u64>();
    assert_eq!(left_out + lines["refused"], sent, "none is forgotten");
}

#[tokio::test(start_paused = true)]
async fn no_flood_of_strangers_has_the_refusals_of_a_known_secret_left_out() {
    let harness = AuditHarness::new();
    let (auditor, refusals) = harness.auditor();
    (0..1000).for_each(|number| {
        note(
            &refusals,
            Refused { status: if number < 400 { 415 } else { 401 }, ..refused("192.0.2.7") },
        )
    });
    (0..70).for_each(|_| {
        note(
            &refusals,
            Refused {
                status: 403,
                signed_by: Some("development-1".to_owned()),
                ..refused("192.0.2.8")
            },
        )
    });
    let stop = CancellationToken::new();
    stop.cancel();
    auditor.run(stop).await;
    let signed = harness
        .lines_of("refused")
        .into_iter()
        .filter(|line| line["who"]["secret"] == "development-1")
        .count();
    assert_eq!((signed, harness.lines_of("refused").len()), (60, 120));
    let left_out = harness
        .lines_of("left_out")
        .into_iter()
        .map(|line| line["statuses"].to_string())
        .collect::<Vec<_>>();
    assert_eq!(left_out, [r#"{"401":600,"415":340}"#, r#"{"403":10}"#]);
}

#[tokio::test(start_paused = true)]
async fn where_nobody_takes_them_refusals_are_counted_and_nobody_waits() {
    let harness = AuditHarness::new();
    let (auditor, refusals) = harness.auditor();
    (0..100_000).for_each(|_| note(&refusals, refused("192.0.2.7")));
    let stop = CancellationToken::new();
    stop.cancel();
    auditor.run(stop).await;
    assert_eq!(harness.lines_of("refused").len(), 60);
    assert_eq!(harness.lines_of("left_out")[0]["reason"], "99940 refusals were left out");
}
