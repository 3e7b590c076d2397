//! Everything together: `boathook-sandbox`, `boathook serve` and `boathook send` as programs of
//! their own, with the real kubectl.

use std::{
    fs::{DirBuilder, File},
    os::unix::fs::DirBuilderExt as _,
    time::Duration,
};

use boathook_process::Exit;
use expect_test::expect;
use rustix::process::Signal;

use crate::support::stand::Stand;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_webhook_deploys_an_image_and_every_program_is_on_record() {
    let stand = Stand::new("1s").await;
    let serving = stand.serve().await;
    for (tag, id) in [("v1", "101-1"), ("v2", "102-1"), ("v2", "102-1")] {
        let sent = stand.send(tag, id).await;
        assert_eq!(sent.code, 0, "{}", sent.transcript());
    }
    assert!(stand.answers().await.starts_with("v2"));
    assert_eq!(
        stand.revisions().await.lines().count(),
        2,
        "one for each deployment, none for the repeat"
    );

    let logs = stand.shell("boathook commands 102-1").await.stdout;
    let typed = logs.lines().filter_map(|line| line.split_once(" $ ")).map(|(_, typed)| typed);
    let changes = typed
        .filter(|typed| !typed.contains(" get "))
        .map(|typed| typed.split(" -p ").next().unwrap());
    let result =
        changes.map(|typed| typed.split("@sha256:").next().unwrap()).collect::<Vec<_>>().join("\n");
    expect![[r#"
        crictl pull -- ghcr.io/your-org/game-2048:v2
        crictl inspecti -o json ghcr.io/your-org/game-2048:v2
        crictl pull -- ghcr.io/your-org/game-2048
        kubectl patch ksvc game-2048-dev -n game-2048-dev --type json --field-manager boathook -o json
        kubectl patch ksvc game-2048-dev -n game-2048-dev --type json --field-manager boathook -o json
        kubectl patch ksvc game-2048-dev -n game-2048-dev --type json --field-manager boathook -o json
        kubectl patch ksvc game-2048-dev -n game-2048-dev --type json --field-manager boathook -o json"#]]
    .assert_eq(&result);
    assert!(
        stand.path().join("state/kubectl-cache").is_dir(),
        "kubectl keeps its cache in the state directory"
    );
    let unsigned = format!(
        "curl -s -X POST -d '{{}}' -H 'Content-Type: application/json' http://{}/webhook/deploy",
        stand.address
    );
    assert_eq!(stand.shell(&unsigned).await.stdout, r#"{"error":"Invalid signature"}"#);
    assert_eq!(serving.terminate().await, Exit::Code(0));
    stand.assert_audited().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_is_killed_is_reported_by_the_metrics() {
    let stand = Stand::new("100ms").await;
    let serving = stand.serve().await;
    let deployed = stand.send("v1", "101-1").await;
    assert_eq!(deployed.code, 0, "{}", deployed.transcript());
    assert!(stand.signal_proxy(Signal::KILL), "it read the cluster");
    let counted = "curl -fsS --unix-socket \"$BOATHOOK_SOCKET\" http://localhost/metrics | \
                   grep -Fx 'boathook_api_proxy_ends_total{by=\"itself\"} 1'";
    stand.until("its end is counted", counted).await;
    assert_eq!(serving.terminate().await, Exit::Code(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_is_stopped_in_a_hold_goes_on_with_it_after_its_next_start() {
    let stand = Stand::new("3s").await;
    let serving = stand.serve().await;
    let first = stand.send("v1", "101-1").await;
    assert_eq!(first.code, 0, "{}", first.transcript());
    let (sent, serving) = tokio::join!(stand.send("v2", "102-1"), async {
        stand.until("the hold has begun", "boathook commands 102-1 | grep -q ' hold$'").await;
        assert_eq!(serving.terminate().await, Exit::Code(0));
        stand.serve().await
    });
    assert_eq!(sent.code, 0, "anyone who follows goes on following: {}", sent.transcript());
    assert!(stand.answers().await.starts_with("v2"));
    assert_eq!(stand.revisions().await.lines().count(), 2);
    assert_eq!(serving.terminate().await, Exit::Code(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anyone_who_may_open_the_socket_of_the_program_itself_may_steer() {
    let stand = Stand::new("30s").await;
    let serving = stand.serve().await;
    let first = stand.send("v1", "101-1").await;
    assert_eq!(first.code, 0, "{}", first.transcript());
    let (sent, aborted) = tokio::join!(stand.send("v2", "102-1"), async {
        stand.until("the hold has begun", "boathook commands 102-1 | grep -q ' hold$'").await;
        stand.shell("boathook abort 102-1 --note 'login broken'").await
    });
    assert_eq!(aborted.code, 0, "{}", aborted.transcript());
    assert_eq!(sent.code, 1, "{}", sent.transcript());
    let shown = stand.shell("boathook show 102-1").await.stdout;
    assert!(shown.contains("(login broken)"), "{shown}");
    assert!(stand.answers().await.starts_with("v1"));
    assert_eq!(serving.terminate().await, Exit::Code(0));
}

/// A program inherits what is open until it runs, and so the lock on the journal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_waits_for_a_journal_that_a_killed_handler_has_not_left_yet() {
    let stand = Stand::new("1s").await;
    let state = stand.path().join("state");
    DirBuilder::new().mode(0o700).create(&state).unwrap();
    let held = File::create(state.join("journal.db.lock")).unwrap();
    held.lock().unwrap();
    let (serving, ()) = tokio::join!(stand.serve(), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        held.unlock().unwrap();
    });
    assert_eq!(serving.terminate().await, Exit::Code(0));
}
