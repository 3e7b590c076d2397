//! Two boathooks on two ports, each with a cluster of its own: what one has proven the other
//! deploys, once.

use serde_json::Value;

use crate::support::stand::Stand;

const IMAGE: &str = "ghcr.io/your-org/game-2048";

fn section(environment: &str) -> String {
    format!("BOATHOOK__ENVIRONMENTS__{}", environment.to_uppercase())
}

/// Has development's successes go to staging of the boathook that `there` is.
fn promoting_to(there: &Stand) -> String {
    format!(
        "{}__PROMOTION=\"{{to: staging, when: automatic, url: 'http://{}', namespace: \
         game-2048-staging, service_name: game-2048-staging, secret: {{id: relay, file: \
         {}/secret.staging}}}}\"",
        section("development"),
        there.address,
        there.path().display()
    )
}

/// Has staging take promotions alone.
fn taking_promotions(stand: &Stand) -> String {
    let (section, path) = (section("staging"), stand.path().display());
    format!("{section}__SECRETS='[{{id: relay, file: {path}/secret.staging, use: promotion}}]'")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_boathook_has_proven_another_deploys_once_though_the_first_is_killed_meanwhile() {
    let (near, far) = (Stand::new("1s").await, Stand::new("1s").await);
    let serving = near.serve_with(&promoting_to(&far), "").await;
    let sent = near.send("v1", "101-1").await;
    assert_eq!(
        sent.code,
        0,
        "a promotion that nobody answers delays no deployment: {}",
        sent.transcript()
    );
    near.until(
        "the try that nobody answers is on record",
        "boathook show 101-1 | grep -q 'promotion  *to staging, tried again'",
    )
    .await;
    serving.kill().await;

    let elsewhere = far.serve_with(&taking_promotions(&far), "").await;
    let serving = near.serve_with(&promoting_to(&far), "").await;
    near.until(
        "it is promoted",
        "boathook show 101-1 | grep -q 'promotion  *promoted to staging as '",
    )
    .await;
    far.until("it is deployed", "boathook list | grep -q ' succeeded '").await;
    let listed = far.shell("boathook list --json").await.stdout;
    assert_eq!(listed.matches("\"deployment_id\": \"promotion-").count(), 1, "{listed}");
    let near_shown = near.shell("boathook show 101-1 --json").await.stdout;
    let here: Value = serde_json::from_str(&near_shown).unwrap();
    let far_shown = far
        .shell(&format!(
            "boathook show {} --json",
            here["promotions"][0]["deployment"].as_str().unwrap()
        ))
        .await
        .stdout;
    let there: Value = serde_json::from_str(&far_shown).unwrap();
    assert_eq!(
        (&there["id"], &there["image"]),
        (&here["promotions"][0]["deployment"], &here["resolved_image"]),
        "{near_shown}{far_shown}"
    );
    let from = there["promoted_from"].as_str().unwrap();
    let source = format!("{} in development: 0 of ", here["id"].as_str().unwrap());
    assert!(from.starts_with(&source) && from.contains(" probes failed, median "), "{from}");
    assert!(
        there["image"].as_str().unwrap().starts_with(&format!("{IMAGE}@sha256:")),
        "{far_shown}"
    );
    let status = near
        .shell(&format!(
            "curl -fsS '{}' -o /dev/null",
            here["promotions"][0]["status_url"].as_str().unwrap()
        ))
        .await;
    assert_eq!(status.code, 0, "{}", status.transcript());
    serving.terminate().await;
    elsewhere.terminate().await;
}
