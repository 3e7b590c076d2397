//! `boathook logs`: whose log is read, what is printed of it, and when kubectl is ended.

use boathook_core::record::Event;
use boathook_process::Exit;
use boathook_testing::{
    delivery::{Delivery, body_with},
    harness::{DELETED, SHARED},
    samples::{self, held, image},
};
use expect_test::expect;
use serde_json::{Value, json};

use crate::support::{
    listening::{Listening, shell},
    stand::Stand,
};

/// A deployment of the game with these events.
async fn deployed(listening: &Listening, id: &str, events: Vec<Event>) {
    let fields = json!({"timestamp": null, "deployment_id": id});
    let id = listening.harness.accept(Delivery::of(&body_with(fields))).await.id;
    listening.harness.play(&id, events).await;
}

fn success(revision: &str) -> Vec<Event> {
    samples::success("game", revision, &image("registry.example/acme/game:2"))
}

/// The same in staging.
async fn deployed_to_staging(listening: &Listening, id: &str, revision: &str) {
    let fields = json!({"timestamp": null, "environment": "staging", "deployment_id": id});
    let id = listening.harness.accept(Delivery::of(&body_with(fields)).signed_by(SHARED)).await.id;
    listening.harness.play(&id, success(revision)).await;
}

async fn logs(listening: &Listening, words: &str) -> String {
    let socket = listening.socket.display();
    let ran = shell(&format!("boathook logs {words} --socket {socket}"), &[]).await;
    format!("$ {words}\n{}", ran.transcript())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_of_a_deployment_or_service_is_that_of_its_candidate_or_of_what_serves() {
    let listening = Listening::start();
    deployed(&listening, "101-1", success("game-00001")).await;
    let before = logs(&listening, "game").await;
    let mut found = held("game");
    found.truncate(4);
    deployed(&listening, "102-1", found).await;
    let shown = [
        before,
        logs(&listening, "game").await,
        logs(&listening, "game/game --stable --tail 5 --container side").await,
        logs(&listening, "102-1").await,
        logs(&listening, "102-1 --stable").await,
        logs(&listening, "101-1 --stable").await,
    ];
    expect![[r#"
        $ game
        exit 0
        --- stdout
        game-00001 user-container 100
        \u{1b}[31mpassword=[redacted] ##\u{5b}error]
        --- stderr
        game-00001 of game/game in development
        $ game
        exit 0
        --- stdout
        game-00002 user-container 100
        \u{1b}[31mpassword=[redacted] ##\u{5b}error]
        --- stderr
        game-00002 of game/game in development
        $ game/game --stable --tail 5 --container side
        exit 0
        --- stdout
        game-00001 side 5
        \u{1b}[31mpassword=[redacted] ##\u{5b}error]
        --- stderr
        game-00001 of game/game in development
        $ 102-1
        exit 0
        --- stdout
        game-00002 user-container 100
        \u{1b}[31mpassword=[redacted] ##\u{5b}error]
        --- stderr
        game-00002 of game/game in development
        $ 102-1 --stable
        exit 0
        --- stdout
        game-00001 user-container 100
        \u{1b}[31mpassword=[redacted] ##\u{5b}error]
        --- stderr
        game-00001 of game/game in development
        $ 101-1 --stable
        exit 1
        --- stdout
        --- stderr
        error: it has no stable revision"#]]
    .assert_eq(&shown.join("\n"));
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_no_log_is_reported_with_what_to_do() {
    let listening = Listening::start();
    let fields = json!({"timestamp": null, "environment": "staging", "deployment_id": "100-1"});
    listening.harness.accept(Delivery::of(&body_with(fields)).signed_by(SHARED)).await;
    let waiting = logs(&listening, "100-1").await;
    deployed(&listening, "101-1", success(DELETED)).await;
    let shown = [
        waiting,
        logs(&listening, "shop").await,
        logs(&listening, "game").await,
        logs(&listening, "game --environment staging").await,
        logs(&listening, "game --environment development --candidate").await,
        logs(&listening, "101-1 --tail 1 --container 'x y'").await,
        logs(&listening, "101-1").await,
    ];
    expect![[r#"
        $ 100-1
        exit 1
        --- stdout
        --- stderr
        error: it has no candidate revision yet; --stable shows the one that serves
        $ shop
        exit 1
        --- stdout
        --- stderr
        error: there is no deployment and no service `shop` there; boathook list and boathook status show those that are known
        $ game
        exit 1
        --- stdout
        --- stderr
        error: more than one service is called game: name one with --environment and --namespace
        $ game --environment staging
        exit 1
        --- stdout
        --- stderr
        error: no revision of game/game in staging is on record now; boathook status shows what serves
        $ game --environment development --candidate
        exit 1
        --- stdout
        --- stderr
        error: no candidate revision of game/game in development is on record now; boathook status shows what serves
        $ 101-1 --tail 1 --container 'x y'
        exit 1
        --- stdout
        --- stderr
        error: `container` is not the name of one
        $ 101-1
        exit 1
        --- stdout
        game-00404 user-container 100
        \u{1b}[31mpassword=[redacted] ##\u{5b}error]
        --- stderr
        game-00404 of game/game in development
        error: no pod is there"#]].assert_eq(&shown.join("\n"));
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_senders_id_does_not_hide_the_service_of_that_name() {
    let listening = Listening::start();
    deployed(&listening, "game", success("game-00001")).await;
    deployed_to_staging(&listening, "102-1", "game-00007").await;
    let elsewhere = logs(&listening, "game --environment staging").await;
    deployed_to_staging(&listening, "game", "game-00008").await;
    deployed(&listening, "102-1", success("game-00002")).await;
    let several = logs(&listening, "102-1").await;
    let shown = [
        elsewhere,
        logs(&listening, "game --environment staging --namespace game").await,
        logs(&listening, "game").await,
        several.split_once(" instead: ").expect(&several).0.to_owned(),
        logs(&listening, "102-1 --namespace shop").await,
    ];
    expect![[r#"
        $ game --environment staging
        exit 0
        --- stdout
        game-00007 user-container 100
        \u{1b}[31mpassword=[redacted] ##\u{5b}error]
        --- stderr
        game-00007 of game/game in staging
        $ game --environment staging --namespace game
        exit 0
        --- stdout
        game-00008 user-container 100
        \u{1b}[31mpassword=[redacted] ##\u{5b}error]
        --- stderr
        game-00008 of game/game in staging
        $ game
        exit 1
        --- stdout
        --- stderr
        error: more than one service is called game: name one with --environment and --namespace
        $ 102-1
        exit 1
        --- stdout
        --- stderr
        error: several deployments have the external id `102-1`; use an id of boathook
        $ 102-1 --namespace shop
        exit 1
        --- stdout
        --- stderr
        error: there is no deployment and no service `102-1` there; boathook list and boathook status show those that are known"#]].assert_eq(&shown.join("\n"));
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_follow_is_that_of_the_pods_that_were_there() {
    let listening = Listening::start();
    deployed(&listening, "101-1", success("game-00001")).await;
    let shown = logs(&listening, "101-1 --follow --container init").await;
    expect![[r#"
        $ 101-1 --follow --container init
        exit 0
        --- stdout
        game-00001 init 100
        \u{1b}[31mpassword=[redacted] ##\u{5b}error]
        --- stderr
        game-00001 of game/game in development
        the pods that were followed have ended"#]]
    .assert_eq(&shown);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_reads_the_log_of_a_real_rollout_and_ends_with_its_reader() {
    let stand = Stand::new("1s").await;
    let serving = stand.serve().await;
    let sent = stand.send("v1", "101-1").await;
    assert_eq!(sent.code, 0, "{}", sent.transcript());
    let read = stand.shell("boathook logs 101-1 --tail 3").await;
    assert_eq!(read.code, 0, "{}", read.transcript());
    let line = read.stdout.trim_end();
    assert!(line.starts_with("[pod/game-2048-dev-00001-"), "{}", read.transcript());
    assert!(line.ends_with("/user-container] listening"), "{}", read.transcript());

    let until = |holds: &str| {
        format!(
            "tries=0; until {holds}; do sleep 0.1; tries=$((tries+1)); [ $tries -lt 300 ] || exit 9; done"
        )
    };
    let followed = stand.path().join("followed").display().to_string();
    let four = until(&format!("[ $(grep -c listening {followed}) = 4 ]"));
    let none = until("! pgrep -f '[k]ubectl logs -n game-2048-dev .*--follow' >/dev/null");
    let script = format!(
        ": >{followed}; for one in 1 2 3 4; do boathook logs game-2048-dev --follow >>{followed} & \
         pids=\"$pids $!\"; done; {four}; boathook logs 101-1; kill $pids; {none}; boathook logs 101-1 >/dev/null"
    );
    let ran = stand.shell(&script).await;
    expect![[r#"
        exit 0
        --- stdout
        --- stderr
        game-2048-dev-00001 of game-2048-dev/game-2048-dev in development
        game-2048-dev-00001 of game-2048-dev/game-2048-dev in development
        game-2048-dev-00001 of game-2048-dev/game-2048-dev in development
        game-2048-dev-00001 of game-2048-dev/game-2048-dev in development
        game-2048-dev-00001 of game-2048-dev/game-2048-dev in development
        error: 4 logs are being read already; try again later
        game-2048-dev-00001 of game-2048-dev/game-2048-dev in development"#]]
    .assert_eq(&ran.transcript());

    let records = stand.shell("boathook commands 101-1 --json").await.stdout;
    let records: Vec<Value> = serde_json::from_str(&records).unwrap();
    let typed = records.iter().filter_map(|record| record["event"]["argv"].as_array());
    let logged = typed.filter(|argv| argv.contains(&json!("logs")));
    assert_eq!(logged.count(), 0, "what an operator reads is no part of the deployment");
    assert_eq!(serving.terminate().await, Exit::Code(0));
}
