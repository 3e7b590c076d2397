//! Dry runs: everything but change.

use std::time::Duration;

use boathook::plan::{Pull, Settings};
use boathook_core::{
    deployment::DryRunReport,
    record::{Event, Outcome, StepEvent},
    rollout::Observation,
};
use boathook_sandbox::{Behaviour, Fault, Times};
use boathook_testing::{
    delivery::{Delivery, body_with},
    harness,
    rollout_harness::{Harness, REPOSITORY, blue_green, manifest, request, settings},
};
use expect_test::expect;
use serde_json::json;
use tokio::time::Instant;

/// A signed dry run, with some fields set.
fn dry_run(fields: serde_json::Value) -> Delivery {
    let mut body = body_with(fields);
    body["dry_run"] = json!(true);
    Delivery::of(&body)
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_is_answered_with_the_plan_and_nothing_is_kept() {
    let harness = harness::Harness::new();
    let answer = harness.send(dry_run(json!({}))).await;
    assert_eq!(answer.status, 200);
    expect![[r#"
        {
          "changes": [
            {
              "change": "changed",
              "diff": "@@ -1,2 +1,2 @@\n ::stop-commands::x\n-image: game:1\n+image: \u001bgame\n",
              "namespace": "game",
              "object": "Service/game"
            }
          ],
          "deployment_id": "101-1",
          "environment": "development",
          "image": null,
          "notes": [
            "a note"
          ],
          "problems": [],
          "rollback": [],
          "stable": null,
          "status": "dry_run",
          "steps": [
            "Pull registry.example/acme/game:2"
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&answer.json()).unwrap());
    assert_eq!(harness.everything().await.len(), 0);
    assert_eq!(
        harness.send(dry_run(json!({}))).await.json()["status"],
        "dry_run",
        "a dry run is no repeat of a dry run"
    );
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_of_what_was_deployed_is_no_deployment_and_waits_for_none() {
    let harness = harness::Harness::new();
    let id = harness.accept(Delivery::of(&body_with(json!({})))).await.id;
    let answer = harness.send(dry_run(json!({})).header("Prefer", "wait=600")).await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("dry_run")));
    assert_eq!(answer.json()["problems"], json!([format!("this id was deployed already: {id}")]));
    assert_eq!(
        harness.send(dry_run(json!({"image": "registry.example/acme/game:3"}))).await.status,
        409,
        "another image is another request"
    );
    assert_eq!(harness.everything().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_passes_the_same_door() {
    let harness = harness::Harness::new();
    let refusals = [
        harness
            .send(dry_run(json!({})).signed_by(b"another secret, which is wrong"))
            .await
            .refusal(),
        harness.send(dry_run(json!({"image": "elsewhere.example/game:2"}))).await.refusal(),
        harness.send(dry_run(json!({"timestamp": "2026-08-01T08:00:00Z"}))).await.refusal(),
        harness.send(dry_run(json!({"dry_run": null, "service_name": "Game"}))).await.refusal(),
        harness.send(Delivery::of(&body_with(json!({"dry_run": "perhaps"})))).await.refusal(),
    ];
    expect![[r#"
        401 Invalid signature
        403 development does not accept this deployment: image `elsewhere.example/game` matches no pattern of `allow.images`
        409 `timestamp` is 2h behind this machine's clock, and 5m is allowed; send the current time, or set the clocks
        422 service_name `Game` is not a DNS label: at most 63 of a-z, 0-9 and `-`, beginning with a letter and ending with a letter or digit
        422 `dry_run` must be true or false"#]].assert_eq(&refusals.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn while_a_dry_run_is_under_way_another_is_asked_to_come_later() {
    let mut harness = harness::Harness::new();
    harness.public.dry_run = std::sync::Arc::new(|_, _| Box::pin(std::future::ready(None)));
    let answer = harness.send(dry_run(json!({}))).await;
    assert_eq!(answer.header("retry-after"), Some("10"));
    expect!["429 too many dry runs are running; try again later"].assert_eq(&answer.refusal());
}

fn transcript(report: &DryRunReport) -> String {
    serde_json::to_string_pretty(report).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_of_a_first_deployment_says_what_could_not_be_checked() {
    let harness = Harness::new();
    let report = harness.engine.dry_run(&request("1", "1")).await;
    expect![[r#"
        {
          "steps": [
            "Pull registry.example/game:1",
            "Apply manifests/staging",
            "Find the new revision",
            "Wait until the new revision is ready",
            "Pin all traffic to the new revision",
            "Check the service at its own URL"
          ],
          "rollback": [],
          "stable": null,
          "image": null,
          "manifests": "manifests/staging of the node",
          "changes": [
            {
              "object": "Service/game",
              "namespace": "game",
              "change": "created",
              "diff": "@@ -0,0 +1,16 @@\n+apiVersion: serving.knative.dev/v1\n+kind: Service\n+metadata:\n+  name: game\n+  namespace: game\n+spec:\n+  template:\n+    spec:\n+      containers:\n+      - env:\n+        - name: GREETING\n+          value: hi\n+        image: registry.example/game:1\n+        ports:\n+        - containerPort: 8080\n+      enableServiceLinks: false\n"
            },
            {
              "object": "Namespace/game",
              "change": "created",
              "diff": "@@ -0,0 +1,4 @@\n+apiVersion: v1\n+kind: Namespace\n+metadata:\n+  name: game\n"
            }
          ],
          "notes": [
            "the node does not have registry.example/game:1 yet; whether the registry has it was not checked",
            "what stands in manifests/staging could not be checked before its namespace is there: Error from server (NotFound): error when creating \"manifests/staging/00001-service-game.json\": namespaces \"game\" not found"
          ],
          "problems": []
        }"#]].assert_eq(&transcript(&report));
    assert_eq!(harness.serves(), "404 100");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_shows_every_step_and_leaves_the_service_as_it_is() {
    let harness = Harness::serving(settings()).await;
    let before = harness.service();
    let report = harness.engine.dry_run(&blue_green("2", "2")).await;
    expect![[r#"
        {
          "steps": [
            "Pull registry.example/game:2",
            "Pull stable's registry.example/game@sha256:e8c05a0968617f7e212458e5ad43ba28d82d2dd7b22e2ef154d118a271d5891c",
            "Apply manifests/staging",
            "Set the new template, traffic staying where it is",
            "Find the new revision",
            "Wait until the new revision is ready",
            "Tag the new revision, at 0 %",
            "Probe the new revision at its own URL",
            "Shift traffic to 10 %",
            "Hold at 10 % for 120 s",
            "Shift traffic to 50 %",
            "Hold at 50 % for 120 s",
            "Shift traffic to 100 %",
            "Hold at 100 % for 60 s",
            "Check the service at its own URL",
            "Pin all traffic to the new revision"
          ],
          "rollback": [
            "Go back to the revision that served before",
            "Remove the new revision if it never became ready",
            "Check that the service answers again"
          ],
          "stable": "game-00001",
          "image": null,
          "manifests": "manifests/staging of the node",
          "changes": [
            {
              "object": "Service/game",
              "namespace": "game",
              "change": "changed",
              "diff": "@@ -8,7 +8,7 @@\n       - env:\n         - name: GREETING\n           value: hi\n-        image: registry.example/game:1\n+        image: registry.example/game:2\n         ports:\n         - containerPort: 8080\n       enableServiceLinks: false\n"
            }
          ],
          "notes": [
            "the node does not have registry.example/game:2 yet; whether the registry has it was not checked",
            "namespace game was left out of the apply: it exists and differs from what was last applied; setup.sh applies namespaces",
            "nothing to apply: all that the manifests hold exists and is left alone"
          ],
          "problems": []
        }"#]]
    .assert_eq(&transcript(&report));
    assert_eq!(harness.service(), before);
    assert_eq!((harness.revisions(), harness.serves().as_str()), (1, "v1 100"));
    assert!(!harness.engine.work.join("dry-run").exists(), "its files are gone");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_works_after_a_rollback_and_finds_what_the_api_server_refuses() {
    let harness = Harness::new();
    harness.deploy("1").await;
    harness.deploy("crash").await;
    let report = harness.engine.dry_run(&request("1", "3")).await;
    assert_eq!(
        (report.problems.len(), report.image.is_some()),
        (0, false),
        "{}",
        transcript(&report)
    );
    harness.manifest(
        "10-game.yaml",
        &manifest("hi").replace("containers:", "initContainers: [{image: a}]\n      containers:"),
    );
    let report = harness.engine.dry_run(&request("1", "4")).await;
    expect![[r#"Set the new template, traffic staying where it is: `kubectl patch ksvc game -n game --type json --field-manager boathook -o json --dry-run=server -p ...` failed (exit code 1 after 50 ms): Error from server (BadRequest): admission webhook "validation.webhook.serving.knative.dev" denied the request: validation failed: must not set the field(s): spec.template.spec.initContainers; pod spec support for init-containers is off, but found 1 init containers:"#]].assert_eq(&report.problems.join("\n"));
    harness.manifest("20-broken.yaml", "kind: [");
    let report = harness.engine.dry_run(&request("1", "5")).await;
    assert!(
        report.steps.is_empty() && report.problems[0].contains("20-broken.yaml does not parse"),
        "{}",
        transcript(&report)
    );
    assert_eq!(harness.serves(), "v1 100");
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_never_gives_what_a_tag_stood_for_as_what_will_be_deployed() {
    let harness = Harness::new();
    let before = harness.deploy("1").await.outcome.findings.image.unwrap();
    harness.cluster.publish(REPOSITORY, "1", Behaviour::good("moved"));
    let report = harness.engine.dry_run(&request("1", "dry")).await;
    assert_eq!(report.image, None);
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains(&format!("from an earlier pull, as {before}"))),
        "{}",
        transcript(&report)
    );
    let deployed = harness.deploy("1").await.outcome.findings.image.unwrap();
    assert_ne!(deployed, before, "the tag is pulled anew");
    let mut by_digest = request("1", "dry");
    by_digest.image = deployed.clone();
    assert_eq!(
        harness.engine.dry_run(&by_digest).await.image,
        Some(deployed),
        "a digest stands for one image only"
    );
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_ends_though_the_cluster_is_away() {
    let harness = Harness::serving(Settings {
        pull: Pull { enabled: false, ..settings().pull },
        ..settings()
    })
    .await;
    harness.cluster.fail("kubectl get ksvc", Times::UntilHealed, Fault::Unreachable);
    let report = harness.engine.dry_run(&request("2", "2")).await;
    expect![
        "`GET /apis/serving.knative.dev/v1/namespaces/game/services/game` failed (HTTP 500 after 2 \
         ms): Unable to connect to the server: dial tcp 10.0.0.1:6443: connect: connection refused"
    ]
    .assert_eq(&report.problems.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_beside_a_deployment_of_the_same_service_says_so_and_looks_at_nothing() {
    let harness = Harness::new();
    harness.deploy("1").await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    let report = harness.engine.dry_run(&request("2", "3")).await;
    expect![
        "deployment b-1 of game/game is deploying: this one would wait for it or replace it; \
         nothing was looked at"
    ]
    .assert_eq(&report.notes.join("\n"));
    assert_eq!((report.problems.len(), report.steps.len()), (0, 0), "{}", transcript(&report));
    assert_eq!(deploying.end().await.end(), Outcome::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_slow_dry_run_is_answered_with_what_it_found_while_its_sender_still_waits() {
    let harness = Harness::serving(settings()).await;
    for place in ["crictl", "kubectl patch"] {
        harness.cluster.fail(place, Times::UntilHealed, Fault::Hang);
    }
    let began = Instant::now();
    let report = harness.engine.dry_run(&request("2", "2")).await;
    assert_eq!(
        (began.elapsed(), report.steps.is_empty()),
        (Duration::from_secs(25), false),
        "{}",
        transcript(&report)
    );
    expect!["the dry run was not over after 25 s; what is missing was not checked"]
        .assert_eq(report.problems.last().unwrap());
    assert!(
        !harness.engine.work.join("dry-run").exists(),
        "its files are gone, though no step could remove them"
    );
}

#[tokio::test(start_paused = true)]
async fn the_files_of_a_dry_run_go_with_a_sender_that_goes_away() {
    let harness = Harness::serving(settings()).await;
    harness.cluster.fail("kubectl patch", Times::UntilHealed, Fault::Hang);
    let asked = request("2", "2");
    let dry_run = harness.engine.dry_run(&asked);
    let left = tokio::time::timeout(Duration::from_secs(5), dry_run).await;
    assert!(left.is_err(), "it was over before the sender went away");
    assert!(!harness.engine.work.join("dry-run").exists());
}

#[tokio::test(start_paused = true)]
async fn a_field_that_the_api_server_does_not_know_is_a_problem_of_a_dry_run_and_a_note_of_a_deployment()
 {
    let harness = Harness::serving(settings()).await;
    let unknown = "    spec:\n      containerConcurency: 5\n";
    harness.manifest("10-game.yaml", &manifest("hi").replace("    spec:\n", unknown));
    let report = harness.engine.dry_run(&request("2", "2")).await;
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    let noted = result.records.iter().filter_map(|record| match &record.event {
        Event::Step(StepEvent::StepLearned { finding: Observation::Note(note) }) => {
            Some(note.as_str())
        }
        _ => None,
    });
    let noted: Vec<&str> = noted.collect();
    expect![[r#"
        dry run: Set the new template, traffic staying where it is: the API server warns: unknown field "spec.template.spec.containerConcurency"
        deployment: the API server warns: unknown field "spec.template.spec.containerConcurency""#]]
    .assert_eq(&format!(
        "dry run: {}\ndeployment: {}",
        report.problems.join("\n"),
        noted.join("\n")
    ));
}
