//! Configuration and secrets read again: all of it or nothing.

use std::fs;

use expect_test::expect;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::support::serving::{DEFAULT, SECRET, Serving};

const OTHER: &str = "another secret, of 2027";

/// Takes nothing, and says why.
fn frozen(reason: &str, secret: &str) -> String {
    format!(
        "secrets: [{{id: ci, file: DIR/{secret}}}]\nfrozen: {reason}\n\
         allow: {{images: [nginx], namespaces: [game], services: [game]}}"
    )
}

fn body() -> Value {
    json!({
        "environment": "production",
        "image": "nginx:1",
        "namespace": "game",
        "service_name": "game",
        "deployment_id": "1",
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_brings_new_secrets_and_new_rules_at_once() {
    let serving = Serving::start(&frozen("closing", "secret")).await;
    assert_eq!(
        serving.send(SECRET, &body()).await,
        "423 production is frozen: closing; send it again when it is not"
    );
    serving.file("other", OTHER);
    serving.file("production.yaml", &frozen("audit", "other"));
    assert_eq!(
        serving.send(OTHER, &body()).await,
        "401 Invalid signature",
        "nothing is read before it is asked for"
    );

    assert_eq!(serving.boathook("reload").await, "exit 0\n--- stdout\nreloaded\n--- stderr\n");
    assert_eq!(
        serving.send(OTHER, &body()).await,
        "423 production is frozen: audit; send it again when it is not"
    );
    assert_eq!(serving.send(SECRET, &body()).await, "401 Invalid signature");
    serving.file("default.yaml", "server: {listen: 'ADDRESS', max_body_bytes: 100}");
    serving.boathook("reload").await;
    assert_eq!(serving.send(OTHER, &body()).await, "413 the body is larger than 100 bytes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_names_the_secrets_that_only_a_restart_renews() {
    let serving = Serving::start_among(
        &[("other", OTHER)],
        DEFAULT,
        "secrets: [{id: ci, credential: secret}, {id: new, file: DIR/other}]",
    )
    .await;
    let result = "as it was at the start (systemd credential; restart if you replaced it): secret \
                  `ci` of production";
    assert_eq!(
        serving.boathook("reload").await,
        format!("exit 0\n--- stdout\nreloaded\n{result}\n--- stderr\n")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_warns_of_files_that_are_not_there_by_their_absolute_paths() {
    let serving = Serving::start(&frozen("closing", "secret")).await;
    fs::remove_file(serving.path().join("kubeconfig")).unwrap();
    let elsewhere = format!("{}\nmanifests: nowhere/production", frozen("closing", "secret"));
    serving.file("production.yaml", &elsewhere);
    let shown = |text: String| text.replace(env!("CARGO_MANIFEST_DIR"), "HERE");
    let warnings = [
        "the kubeconfig DIR/kubeconfig cannot be read (scripts/setup.sh makes it; \
         tools.kubeconfig names another one): No such file or directory (os error 2); a \
         deployment waits `waits.retry_for` for it",
        "environments.production.manifests: HERE/nowhere/production is no folder; deployments to \
         production fail without it",
    ];
    assert_eq!(
        shown(serving.boathook("reload").await),
        format!(
            "exit 0\n--- stdout\nreloaded\nwarning: {}\nwarning: {}\n--- stderr\n",
            warnings[0], warnings[1]
        )
    );
    let warned = |log: &str| warnings.iter().all(|warning| shown(log.to_owned()).contains(warning));
    serving.until(warned).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pattern_that_can_match_nothing_is_refused_at_a_reload() {
    let serving = Serving::start(&frozen("closing", "secret")).await;
    let useless = frozen("closing", "secret").replace("namespaces: [game]", "namespaces: [Game-*]");
    serving.file("production.yaml", &useless);
    let answer = serving.boathook("reload").await;
    assert!(answer.starts_with("exit 2"), "{answer}");
    assert!(answer.contains("allow.namespaces: `Game-*` can match no valid name"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sighup_reloads_and_the_log_says_so() {
    let serving = Serving::start_with(
        "server: {listen: 'ADDRESS'}\nlog: {level: error}",
        &frozen("closing", "secret"),
    )
    .await;
    serving.file("default.yaml", DEFAULT);
    serving.file("production.yaml", &frozen("audit", "secret"));
    kill_process(Pid::from_raw(serving.started.pid).unwrap(), Signal::HUP).unwrap();
    serving.until(|log| log.contains("Reloaded the configuration")).await;
    assert_eq!(
        serving.send(SECRET, &body()).await,
        "423 production is frozen: audit; send it again when it is not"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_used_changes_nothing_and_is_named_in_answer_and_log() {
    let serving = Serving::start(&frozen("closing", "secret")).await;
    let mut all = Vec::new();
    for production in
        ["frozen: audit\nwaits: {ready: soon}", "frozen: audit", &frozen("audit", "nowhere")]
    {
        serving.file("production.yaml", production);
        all.push(serving.boathook("reload").await);
    }
    expect![[r#"
        exit 2
        --- stdout
        --- stderr
        error: nothing was changed: DIR/production.yaml: waits.ready: expected a duration longer than 0, such as "5s", found "soon"
        exit 2
        --- stdout
        --- stderr
        error: nothing was changed: production has no secret, so no request for it could be verified: name one under `secrets` in production.yaml, or an `identity` with `instead_of_hmac: true`, or set `enabled: false`
        exit 2
        --- stdout
        --- stderr
        error: nothing was changed: secret `ci` of production cannot be read from DIR/nowhere: No such file or directory (os error 2)"#]]
    .assert_eq(&all.join("\n"));
    let named = "secret `ci` of production cannot be read from DIR/nowhere: No such file";
    serving.until(|log| log.contains(named)).await;
    assert_eq!(
        serving.send(SECRET, &body()).await,
        "423 production is frozen: closing; send it again when it is not"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_a_restart_is_named_each_time_and_the_rest_holds() {
    let serving = Serving::start(&frozen("closing", "secret")).await;
    serving.file(
        "default.yaml",
        "server: {listen: 'ADDRESS', header_timeout: 6s}\nlog: {format: json}",
    );
    serving.file("production.yaml", &frozen("audit", "secret"));
    let result = "exit 0\n--- stdout\nreloaded\nneeds a restart: server.header_timeout\n\
                  needs a restart: log.format\n--- stderr\n";
    assert_eq!(serving.boathook("reload").await, result);
    assert_eq!(serving.boathook("reload").await, result, "it is still to be done");
    assert_eq!(
        serving.send(SECRET, &body()).await,
        "423 production is frozen: audit; send it again when it is not"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_that_would_leave_the_open_address_without_its_proxy_is_refused() {
    let proxied = "server: {listen: '0.0.0.0:0', trusted_proxies: [10.0.0.1]}";
    let serving = Serving::start_with(proxied, &frozen("closing", "secret")).await;
    serving.file("default.yaml", DEFAULT);
    expect![[r#"
        exit 2
        --- stdout
        --- stderr
        error: nothing was changed: server.listen needs a restart, and without server.trusted_proxies the current address would answer only this machine"#]]
    .assert_eq(&serving.boathook("reload").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_reload_has_a_line_in_the_audit_log_with_who_wanted_it_and_what_is_another_than_before()
 {
    let serving = Serving::start(&frozen("closing", "secret")).await;
    serving.file("other", OTHER);
    serving.file("production.yaml", &frozen("audit", "other"));
    serving.boathook("reload").await;
    serving.file("production.yaml", "frozen: nothing");
    kill_process(Pid::from_raw(serving.started.pid).unwrap(), Signal::HUP).unwrap();
    let lines = serving.until_audited(&["reloaded", "not_reloaded"], 2).await;
    assert!(lines[0]["who"]["operator"].is_string(), "{}", lines[0]);
    assert_eq!(lines[0]["what"], "reloaded");
    assert_eq!(
        (&lines[0]["changed"], &lines[0]["secrets"]),
        (&json!(["environments.production"]), &json!(["ci"]))
    );
    assert_eq!(
        (&lines[1]["what"], &lines[1]["who"]),
        (&json!("not_reloaded"), &json!({"signal": "SIGHUP"}))
    );
    assert!(
        lines[1]["reason"].as_str().unwrap().starts_with("production has no secret"),
        "{}",
        lines[1]
    );
}
