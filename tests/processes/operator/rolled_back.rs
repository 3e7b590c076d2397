//! What follows a rollback on the command line: the service is held, the digest withdrawn.

use boathook_core::{
    clock::Clock,
    deployment::{Environment, ImageRef},
    record::{DeploymentEvent, Event, Outcome},
};
use boathook_testing::{
    delivery::{Delivery, body_with},
    samples::{ended, image, step_failed, success},
    shipped::{self, Shipped as _},
};
use expect_test::expect;
use serde_json::json;

use crate::support::listening::{Listening, shell};

fn digest(letter: &str) -> ImageRef {
    image(&format!("registry.example/acme/game@sha256:{}", letter.repeat(64)))
}

async fn run(listening: &Listening, line: &str) -> String {
    let result = shell(&format!("boathook {line} --socket {}", listening.socket.display()), &[])
        .await
        .transcript();
    let user = shell("id -un", &[]).await.stdout.trim().to_owned();
    let newest = listening.harness.newest().await.id.to_string();
    let mut text = result.replace(&newest, "ROLLBACK").replace(&user, "USER");
    for letter in ["a", "b"] {
        text = text.replace(&letter.repeat(64), &letter.to_uppercase());
    }
    while let Some(at) = text.find(" UTC") {
        text.replace_range(at - 19..at + 4, "TIME");
    }
    while text.contains("   ") {
        text = text.replace("   ", "  ");
    }
    format!("$ boathook {}\n{text}", line.replace(&"b".repeat(64), "B"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollback_says_what_it_holds_and_withdraws_and_both_are_lifted_by_hand() {
    let listening = Listening::start();
    for (number, letter) in [("1", "a"), ("2", "b")] {
        let body = body_with(json!({"deployment_id": number, "timestamp": null}));
        let id = listening.harness.accept(Delivery::of(&body)).await.id;
        let events = success("game", &format!("game-0000{number}"), &digest(letter));
        listening.harness.play(&id, events).await;
    }
    let bad = format!("sha256:{}", "b".repeat(64));
    let mut all = Vec::new();
    for line in [
        "withdrawals".to_owned(),
        "rollback game --note 'checkout fails'".to_owned(),
        "status".to_owned(),
        "withdrawals".to_owned(),
        "release other".to_owned(),
        "release game --note mended".to_owned(),
        "release game".to_owned(),
        format!("reinstate registry.example/acme/game@{bad} --reason 'it was the database'"),
        format!("reinstate {bad} --reason again"),
        format!("withdraw {bad} --reason ' '"),
        format!("withdraw {bad} --reason CVE-2026-1"),
        format!("withdraw {bad} --reason CVE-2026-1"),
        "withdraw latest --reason CVE-2026-1".to_owned(),
    ] {
        all.push(run(&listening, &line).await);
    }
    expect![[r#"
        $ boathook withdrawals
        exit 0
        --- stdout
        no digest is withdrawn
        --- stderr

        $ boathook rollback game --note 'checkout fails'
        exit 0
        --- stdout
        accepted as ROLLBACK: game/game in development rolls back to game-00001, registry.example/acme/game@sha256:A
        held: game/game in development takes no promotions until `boathook release game --environment development`
        withdrawn: sha256:B does not count as proven
        follow it: boathook show ROLLBACK --follow
        --- stderr

        $ boathook status
        exit 0
        --- stdout
        ENVIRONMENT  SERVICE  REVISION  SHARE  IMAGE  SINCE  LAST DEPLOYMENT
        development  game/game  game-00002  100 %  registry.example/acme/game@sha256:bbbbbbbbbbbb  TIME  rollback-ROLLBACK queued
        game/game in development: held: USER rolled it back, TIME; boathook release ends it
        game/game in development: withdrawn: sha256:B was withdrawn TIME: an operator rolled game/game in development back from it
        --- stderr

        $ boathook withdrawals
        exit 0
        --- stdout
        DIGEST  BY  SINCE  REASON
        sha256:B  USER  TIME  an operator rolled game/game in development back from it
        --- stderr

        $ boathook release other
        exit 2
        --- stdout
        --- stderr
        error: no service other is held there; boathook status shows those that are
        $ boathook release game --note mended
        exit 0
        --- stdout
        released game/game in development, held since USER rolled it back, TIME
        --- stderr

        $ boathook release game
        exit 2
        --- stdout
        --- stderr
        error: no service game is held there; boathook status shows those that are
        $ boathook reinstate registry.example/acme/game@sha256:B --reason 'it was the database'
        exit 0
        --- stdout
        reinstated: sha256:B counts again; sha256:B was withdrawn TIME: an operator rolled game/game in development back from it
        --- stderr

        $ boathook reinstate sha256:B --reason again
        exit 2
        --- stdout
        --- stderr
        error: sha256:B is not withdrawn; see `boathook withdrawals`
        $ boathook withdraw sha256:B --reason ' '
        exit 2
        --- stdout
        --- stderr
        error: say why: it needs a `reason`
        $ boathook withdraw sha256:B --reason CVE-2026-1
        exit 0
        --- stdout
        withdrawn: sha256:B does not count as proven
        warning: it still serves game/game in development; boathook rollback takes it out of service
        --- stderr

        $ boathook withdraw sha256:B --reason CVE-2026-1
        exit 2
        --- stdout
        --- stderr
        error: sha256:B was withdrawn TIME: CVE-2026-1; it is withdrawn already
        $ boathook withdraw latest --reason CVE-2026-1
        exit 2
        --- stdout
        --- stderr
        error: `latest` is not a digest: expected `sha256:` and 64 lower-case hex digits"#]].assert_eq(&all.join("\n"));
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_mark_what_is_held_and_withdrawn_and_a_rollback_that_failed_names_its_hold() {
    let listening = Listening::start();
    for (number, letter) in [("1", "a"), ("2", "b")] {
        let body = body_with(json!({"deployment_id": number, "timestamp": null}));
        let id = listening.harness.accept(Delivery::of(&body)).await.id;
        let events = success("game", &format!("game-0000{number}"), &digest(letter));
        listening.harness.play(&id, events).await;
    }
    let none = run(&listening, "holds").await;
    assert!(none.contains("no service is held"), "{none}");
    run(&listening, "rollback game --note 'checkout fails'").await;
    let holds = run(&listening, "holds").await;
    let row = "development  game/game  promotions  USER (checkout fails)  TIME  ROLLBACK";
    assert!(holds.contains(row), "{holds}");
    let list = run(&listening, "list").await;
    let marks = [
        ": withdrawn: sha256:B was withdrawn TIME: an operator rolled game/game in development back",
        "ROLLBACK: held: game/game takes no promotions until boathook release game --environment development \
         --namespace game",
    ];
    assert!(marks.iter().all(|mark| list.contains(mark)), "{list}");
    let rollback = listening.harness.newest().await.id;
    let failed = vec![
        Event::Deployment(DeploymentEvent::Started),
        step_failed("the revision is gone"),
        ended(Outcome::Failed),
    ];
    listening.harness.play(&rollback, failed).await;
    let shown = run(&listening, &format!("show {rollback}")).await;
    let note = "the rollback did not succeed, and game/game takes no promotions all the same; \
                boathook release game --environment development --namespace game ends that";
    assert!(shown.contains(note), "{shown}");
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_held_in_a_renamed_environment_is_released_by_the_former_name() {
    let listening = Listening::start();
    for (number, letter) in [("1", "a"), ("2", "b")] {
        let body = body_with(json!({"deployment_id": number, "timestamp": null}));
        let id = listening.harness.accept(Delivery::of(&body)).await.id;
        let events = success("game", &format!("game-0000{number}"), &digest(letter));
        listening.harness.play(&id, events).await;
    }
    run(&listening, "rollback game --note 'checkout fails'").await;
    let listening = listening
        .changed(|admission| {
            admission.clock = Clock::system();
            admission.policies[0].environment = shipped::of("qa");
            admission.policies[0].config.aliases = vec![Environment::DEVELOPMENT];
        })
        .await;
    expect![[r#"
        $ boathook release game --environment development
        exit 0
        --- stdout
        released game/game in development, held since USER rolled it back, TIME
        --- stderr
    "#]]
    .assert_eq(&run(&listening, "release game --environment development").await);
    listening.stop().await;
}
