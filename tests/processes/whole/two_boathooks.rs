//! Two boathooks on two ports, each with a cluster of its own: what one has proven the other
//! deploys, once.

use std::fs;

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

/// Has an environment take manifests from requests.
fn taking_bundles(environment: &str) -> String {
    format!("{}__ALLOW__MANIFESTS=both", section(environment))
}

/// A folder with a kustomization for each environment, and this greeting in what they share.
fn write_bundle(stand: &Stand, greeting: &str) -> String {
    let folder = stand.path().join("deploy");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let service = format!(
        "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {{name: game-2048}}\nspec:\n  \
         template:\n    spec:\n      containers:\n        - image: {IMAGE}:latest\n          ports: \
         [{{containerPort: 8080}}]\n          env: [{{name: GREETING, value: {greeting}}}]\n"
    );
    write("base/service.yaml", &service);
    write("base/kustomization.yaml", "resources: [service.yaml]\n");
    for (environment, suffix) in [("dev", "-dev"), ("staging", "-staging")] {
        let overlay =
            format!("resources: [../base]\nnameSuffix: {suffix}\nnamespace: game-2048{suffix}\n");
        write(&format!("{environment}/kustomization.yaml"), &overlay);
    }
    write("staging/.notes.swp", "left out");
    folder.display().to_string()
}

/// Has staging take promotions alone.
fn taking_promotions(stand: &Stand) -> String {
    let section = section("staging");
    let path = stand.path().display();
    format!("{section}__SECRETS='[{{id: relay, file: {path}/secret.staging, use: promotion}}]'")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_boathook_has_proven_another_deploys_once_though_the_first_is_killed_meanwhile() {
    let near = Stand::new("1s").await;
    let far = Stand::new("1s").await;
    let near_settings = format!("{} {}", promoting_to(&far), taking_bundles("development"));
    let far_settings = format!("{} {}", taking_promotions(&far), taking_bundles("staging"));
    let serving = near.serve_with(&near_settings, "").await;
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

    let elsewhere = far.serve_with(&far_settings, "").await;
    let serving = near.serve_with(&near_settings, "").await;
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

    // Its configuration goes the same way.
    let bundle = write_bundle(&near, "moin");
    let sent = near.send_with("v2", "102-1", &format!("--manifests {bundle}")).await;
    assert_eq!(sent.code, 0, "{}", sent.transcript());
    assert!(sent.stderr.contains(" manifests: bundle sha256:"), "{}", sent.transcript());
    let greets = |name: &str| {
        let value = "jsonpath={.spec.template.spec.containers[0].env[0].value}";
        format!("[ \"$(kubectl get ksvc {name} -n {name} -o '{value}')\" = moin ]")
    };
    near.until("development greets", &greets("game-2048-dev")).await;
    far.until("staging greets", &greets("game-2048-staging")).await;
    fs::write(near.path().join("deploy/dev/kustomization.yaml"), "resources: [../..]\n").unwrap();
    let outside = near.send_with("v2", "103-1", &format!("--manifests {bundle} --dry-run")).await;
    assert_eq!(outside.code, 1, "{}", outside.transcript());
    assert!(outside.stdout.contains("`../..` lies outside the bundle"), "{}", outside.transcript());
    serving.terminate().await;
    elsewhere.terminate().await;
}
