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
    let good = shell(&line("2"), &secret).await;
    let bad = shell(&line("3"), &secret).await;
    expect![[r#"
        exit 0
        --- stdout
        [1/1] Pull registry.example/acme/game:2
        changed: Service/game in game
          | @@ -1,2 +1,2 @@
          |  ::stop-commands::x
          | -image: game:1
          | +image: \u{1b}game
        note: a note
        dry run: no problems
        --- stderr
        exit 1
        --- stdout
        [1/1] Pull registry.example/acme/game:3
        changed: Service/game in game
          | @@ -1,2 +1,2 @@
          |  ::stop-commands::x
          | -image: game:1
          | +image: \u{1b}game
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
    let folder = stand.path().join("manifests");
    std::fs::create_dir(&folder).unwrap();
    for name in ["00-namespace.yaml", "10-game-2048.yaml"] {
        std::fs::copy(format!("manifests/development/{name}"), folder.join(name)).unwrap();
    }
    let write = |motto: &str| {
        let map = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: words}}\ndata: {{motto: {motto}}}\n"
        );
        let secret = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: key}}\ndata: {{key: {}}}\n",
            if motto == "first" { "d29yZHMtb25l" } else { "d29yZHMtdHdv" }
        );
        std::fs::write(folder.join("20-map.yaml"), format!("{map}---\n{secret}")).unwrap();
    };
    write("first");
    let manifests = format!("BOATHOOK__ENVIRONMENTS__DEVELOPMENT__MANIFESTS={}", folder.display());
    let serving = stand.serve_with(&manifests, "").await;
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
    write("second");
    let sent = stand.shell(&send("v2", "--dry-run")).await;
    let (_, shown) = sent
        .stdout
        .split_once("changed: ConfigMap")
        .unwrap_or_else(|| panic!("{}", sent.transcript()));
    expect![[r#"
        /words in game-2048-dev
          | @@ -1,6 +1,6 @@
          |  apiVersion: v1
          |  data:
          | -  motto: first
          | +  motto: second
          |  kind: ConfigMap
          |  metadata:
          |    name: words
        changed: Secret/key in game-2048-dev
          | @@ -1,6 +1,6 @@
          |  apiVersion: v1
          |  data:
          | -  key: '[redacted] (before)'
          | +  key: '[redacted] (after)'
          |  kind: Secret
          |  metadata:
          |    name: key
        unchanged: Namespace/game-2048-dev
        note: health is asked at /, as the readinessProbe in the manifest does
        note: the node does not have ghcr.io/your-org/game-2048:v2 yet; whether the registry has it was not checked
        note: 1 of 3 objects of the manifests were left out of the apply: they are as they were last applied
        dry run: no problems
    "#]].assert_eq(shown);
    let motto = "kubectl get configmap words -n game-2048-dev -o 'jsonpath={.data.motto}'";
    assert_eq!(stand.shell(motto).await.stdout, "first");
    serving.terminate().await;
}
