//! Dry runs: everything but change.

use expect_test::expect;
use tokio::net::TcpListener;

use crate::support::{
    listening::{Listening, shell},
    senders::{TAKEN, answer, scripted},
    stand::Stand,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_reports_that_an_older_boathook_knows_no_dry_run_and_deploys() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(scripted(listener, vec![answer("202 Accepted", "", TAKEN)]));
    let line = format!(
        "boathook send --url {url} --environment dev --image registry.example/acme/game:2 \
         --namespace game --service game --dry-run"
    );
    let ran = shell(&line, &[("WEBHOOK_SECRET", "the secret of development, for tests")]).await;
    server.await.unwrap();
    expect![[r#"
        exit 2
        --- stdout
        --- stderr
        error: refused: this boathook knows no dry run, and deploys: see https://elsewhere.example/deployments/a?token=t"#]]
    .assert_eq(&ran.transcript());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn send_shows_a_dry_run_and_ends_with_its_verdict() {
    let listening = Listening::start();
    let line = |tag: &str| {
        format!(
            "boathook send --url {} --environment dev --image registry.example/acme/game:{tag} \
             --namespace game --service game --dry-run",
            listening.url()
        )
    };
    let secret = [("WEBHOOK_SECRET", "the secret of development, for tests")];
    let (good, bad) = (shell(&line("2"), &secret).await, shell(&line("3"), &secret).await);
    expect![[r#"
        exit 0
        --- stdout
        [1/1] Pull registry.example/acme/game:2
        note: a note
        dry run: no problems
        --- stderr
        exit 1
        --- stdout
        [1/1] Pull registry.example/acme/game:3
        note: a note
        problem: there is no \u{1b}manifest
        dry run: problems were found
        --- stderr
    "#]]
    .assert_eq(&format!("{}{}", good.transcript(), bad.transcript()));
    let json = shell(&format!("{} --json", line("2")), &secret).await;
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&json.stdout).unwrap()["status"],
        "dry_run"
    );
    assert_eq!(listening.harness.everything().await.len(), 0);
    listening.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_has_the_real_kubectl_check_the_manifests() {
    let stand = Stand::new("1s").await;
    let serving = stand.serve().await;
    let send = |tag: &str, more: &str| {
        format!(
            "boathook send --url http://{} --secret-file {}/secret.development --environment dev \
             --image ghcr.io/your-org/game-2048:{tag} --namespace game-2048-dev --service \
             game-2048-dev {more}",
            stand.address,
            stand.path().display()
        )
    };
    for (line, serves) in
        [(send("v1", "--dry-run"), ""), (send("v1", ""), "v1"), (send("v2", "--dry-run"), "v1")]
    {
        let sent = stand.shell(&line).await;
        assert_eq!(sent.code, 0, "{}", sent.transcript());
        let listed = stand.shell("boathook list --json | grep -c '\"id\"'").await.stdout;
        assert_eq!(
            listed.trim(),
            if serves.is_empty() { "0" } else { "1" },
            "a dry run is not in the record"
        );
        assert_eq!(stand.revisions().await.lines().count(), usize::from(!serves.is_empty()));
    }
    serving.terminate().await;
}
