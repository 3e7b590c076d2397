//! What the Secrets among the manifests hold is in no record, no matter who prints it.

use std::{fs, path::Path, sync::Arc, time::Duration};

use boathook::{manifests, redact::Redactor};
use boathook_core::record::Outcome;
use boathook_process::{Captured, Command, Finished, RunError, Runner};
use boathook_sandbox::{Caller, Kind};
use boathook_testing::rollout_harness::{Harness, RolloutResult, request};
use futures_util::{FutureExt, future::BoxFuture};
use tokio::{sync::mpsc, time::sleep};
use tokio_util::sync::CancellationToken;

/// `decoded-71e0c2b4`
const DATA: &str = "ZGVjb2RlZC03MWUwYzJiNA==";
const IN_DATA: &str = "decoded-71e0c2b4";
const IN_TEXT: &str = "written out, with a space 5d8e";
const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: game, namespace: game}\n\
                      data: {TOKEN: ZGVjb2RlZC03MWUwYzJiNA==}\n\
                      stringData: {PLAIN: \"written out, with a space 5d8e\", STAGE: staging-area, \
                      NAMESPACE: game}\n";

/// Programs that print the secrets, as a careless plugin may.
struct Careless {
    others: Arc<dyn Runner>,
    /// What else happens when a program is run.
    meanwhile: Box<dyn Fn(&Command) + Send + Sync>,
}

impl Runner for Careless {
    fn run(
        &self,
        command: Command,
        lines: Option<mpsc::Sender<String>>,
    ) -> BoxFuture<'_, Result<Finished, RunError>> {
        (self.meanwhile)(&command);
        async move {
            let mut finished = self.others.run(command, lines).await?;
            let said = format!("words that may stay {DATA} {IN_DATA} {IN_TEXT}\n");
            finished.stderr = Captured { bytes: said.into_bytes(), cut: 0 };
            Ok(finished)
        }
        .boxed()
    }
}

fn careless(harness: &mut Harness, meanwhile: impl Fn(&Command) + Send + Sync + 'static) {
    harness.engine.runner = Arc::new(Careless {
        others: Arc::clone(&harness.engine.runner),
        meanwhile: Box::new(meanwhile),
    });
}

fn assert_nothing_in(result: &RolloutResult) {
    let records = serde_json::to_string(&result.records).unwrap();
    assert!(
        records.contains("words that may stay [redacted]"),
        "the programs' words were not recorded: {records}"
    );
    for secret in [DATA, IN_DATA, IN_TEXT] {
        assert!(!records.contains(secret), "{secret} is in the record: {records}");
    }
}

#[tokio::test(start_paused = true)]
async fn values_of_a_secret_are_applied_and_in_no_record() {
    let mut harness = Harness::new();
    harness.manifest("05-secret.yaml", SECRET);
    careless(&mut harness, |_| {});
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    assert_nothing_in(&result);
    let applied =
        harness.cluster.get(&Caller::admin(), Kind::Secret, Some("game"), "game").unwrap();
    assert_eq!(applied["data"]["TOKEN"], DATA, "{applied}");
    assert!(
        !harness.engine.work.join(result.records[0].deployment.as_str()).exists(),
        "the directory of the deployment is left"
    );
}

#[tokio::test(start_paused = true)]
async fn a_restart_knows_the_secrets_before_it_runs_anything() {
    let mut harness = Harness::new();
    harness.manifest("05-secret.yaml", SECRET);
    careless(&mut harness, |_| {});
    let id = harness.accept(request("1", "1")).await;
    let deploying = harness.start(request("1", "1")).await;
    while !harness.cluster.commands().iter().any(|command| command.contains("crictl pull")) {
        sleep(Duration::from_millis(10)).await;
    }
    deploying.leave().await;
    harness.engine.redactor = Redactor::default();
    harness.engine.run(&id, &CancellationToken::new()).await;
    let result = harness.result(&id).await;
    result.assert_end(Outcome::Succeeded);
    assert_nothing_in(&result);
}

#[tokio::test(start_paused = true)]
async fn a_restart_knows_the_secrets_that_it_will_apply_though_the_folder_has_others_by_now() {
    let mut harness = Harness::new();
    harness.manifest("05-secret.yaml", SECRET);
    careless(&mut harness, |_| {});
    let id = harness.accept(request("1", "1")).await;
    let deploying = harness.start(request("1", "1")).await;
    while !harness.cluster.commands().iter().any(|command| command.contains("crictl pull")) {
        sleep(Duration::from_millis(10)).await;
    }
    deploying.leave().await;
    harness.manifest(
        "05-secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: game, namespace: game}\n\
         stringData: {TOKEN: renewed-19c4}\n",
    );
    harness.engine.redactor = Redactor::default();
    harness.engine.run(&id, &CancellationToken::new()).await;
    let result = harness.result(&id).await;
    result.assert_end(Outcome::Succeeded);
    assert_nothing_in(&result);
    let applied =
        harness.cluster.get(&Caller::admin(), Kind::Secret, Some("game"), "game").unwrap();
    assert_eq!(applied["data"]["TOKEN"], DATA, "{applied}");
}

#[tokio::test(start_paused = true)]
async fn a_deployment_whose_secrets_were_lost_changes_nothing_and_says_so() {
    let mut harness = Harness::new();
    harness.manifest("05-secret.yaml", SECRET);
    let work = harness.engine.work.clone();
    careless(&mut harness, move |command| {
        if command.argv.iter().any(|word| word == "pull") {
            for directory in fs::read_dir(&work).unwrap() {
                fs::remove_file(directory.unwrap().path().join("secrets.json")).unwrap();
            }
        }
    });
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Failed);
    assert!(
        result.reason().contains(
            "does not hold the Secrets of this deployment any more; nothing was applied, deploy it \
             again"
        ),
        "{}",
        result.reason()
    );
    assert!(result.changes().iter().all(|line| !line.contains("apply")), "{}", result.timeline());
}

fn texts(manifests: &str) -> Vec<String> {
    let documents = manifests::documents(manifests.as_bytes()).unwrap();
    manifests::secrets(&documents)
        .into_iter()
        .map(|secret| String::from_utf8(secret).unwrap())
        .collect()
}

#[test]
fn secrets_are_found_decoded_and_inside_files_urls_and_json() {
    let found = texts(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: ZGVjb2RlZC03MWUwYzJiNA==}\n\
         stringData:\n  url: postgres://app:in-a-url-1@db/app\n  .dockerconfigjson: '{\"auths\": \
         {\"ghcr.io\": {\"username\": \"bot\", \"password\": \"in-json-22\", \"auth\": \
         \"Ym90OmluLWpzb24tMjI=\"}}}'\n  env: |\n    LOG_LEVEL=debug\n    export \
         API_TOKEN=\"in-lines-3\"\n  number: 0440\n",
    );
    for secret in [
        "decoded-71e0c2b4",
        "in-a-url-1",
        "in-json-22",
        "Ym90OmluLWpzb24tMjI=",
        "in-lines-3",
        "postgres://app:in-a-url-1@db/app",
    ] {
        assert!(found.iter().any(|text| text == secret), "{secret}: {found:?}");
    }
    assert!(!found.iter().any(|text| text == "debug" || text == "bot"), "{found:?}");
}

#[test]
fn names_that_stand_in_the_clear_too_and_common_words_stay_readable() {
    let found = texts(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: database, namespace: shop-frontend}\n\
         stringData: {a: shop-frontend, b: Postgres, c: checkout-service, d: correcthorsebattery, \
         e: pa55-checkout}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n\
         data: {HOST: checkout-service, note: pa55-checkout}\n",
    );
    assert_eq!(found, ["correcthorsebattery", "pa55-checkout"]);
    let redactor = Redactor::knowing(found);
    assert_eq!(
        redactor.text("checkout-service in shop-frontend: correcthorsebattery is wrong"),
        "checkout-service in shop-frontend: [redacted] is wrong"
    );
}

#[test]
fn an_error_in_a_secret_does_not_show_its_value() {
    for manifest in [
        "kind: Secret\ndata: {a: !!int hunter22hunter}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a, labels: {a: [hunter22hunter]}}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: hunter22hunter\n",
        "{\"kind\": \"Secret\", \"data\": {\"a\": hunter22hunter}}",
        "hunter22hunter",
    ] {
        let fault = manifests::documents(manifest.as_bytes()).unwrap_err().to_string();
        assert!(!fault.contains("hunter22"), "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_secrets_of_a_folder_in_which_one_file_is_broken_are_known_all_the_same() {
    let mut harness = Harness::new();
    harness.manifest("05-secret.yaml", SECRET);
    harness.deploy("1").await;
    harness.manifest("99-broken.yaml", "kind: [");
    harness.engine.redactor = Redactor::default();
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Failed);
    assert_eq!(harness.engine.redactor.text(IN_TEXT), "[redacted]");
    assert!(Path::new(&harness.directory()).exists());
}
