//! What a deployment changes is shown before it changes anything: in the dry run, in the plan and on
//! the pages.

use std::time::Duration;

use boathook_core::{
    deployment::{ChangeKind, DryRunReport, ObjectChange},
    record::Outcome,
    rollout::Plan,
};
use boathook_sandbox::{Fault, Times};
use boathook_testing::{
    rollout_harness::{Harness, RolloutResult, manifest, request},
    samples::{QUEUE, accepted_as_sent},
};
use expect_test::expect;
use tokio::time::Instant;

fn map(name: &str, motto: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{motto: {motto}}}\n"
    )
}

/// A harness whose folder, with two ConfigMaps, was deployed once.
async fn deployed() -> Harness {
    let harness = Harness::new();
    harness.manifest("20-one.yaml", &map("one", "first"));
    harness.manifest("21-two.yaml", &map("two", "first"));
    harness.deploy("1").await.assert_end(Outcome::Succeeded);
    harness
}

fn shown(changes: &[ObjectChange]) -> String {
    let one = |change: &ObjectChange| {
        let place = change.namespace.as_deref().unwrap_or("-");
        let diff = change.diff.as_deref().unwrap_or_default();
        format!("{} {} {place}\n{diff}", change.change.name(), change.object)
    };
    changes.iter().map(one).collect()
}

async fn dry(harness: &Harness, tag: &str) -> DryRunReport {
    harness.engine.dry_run(&request(tag, "dry")).await
}

fn plan(result: &RolloutResult) -> &Plan {
    result.records.iter().find_map(|record| record.event.plan()).unwrap()
}

fn diffs(harness: &Harness) -> usize {
    let commands = harness.cluster.commands();
    commands.iter().filter(|line| line.contains("kubectl diff")).count()
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_shows_what_changes_in_the_service_and_in_each_object_beside_it() {
    let harness = deployed().await;
    harness.manifest("10-game.yaml", &manifest("hello"));
    harness.manifest("21-two.yaml", &map("two", "second"));
    harness.manifest("22-three.yaml", &map("three", "new"));
    let report = dry(&harness, "2").await;
    assert_eq!(report.problems, [""; 0]);
    expect![[r#"
        changed Service/game game
        @@ -7,8 +7,8 @@
               containers:
               - env:
                 - name: GREETING
        -          value: hi
        -        image: registry.example/game@sha256:e8c05a0968617f7e212458e5ad43ba28d82d2dd7b22e2ef154d118a271d5891c
        +          value: hello
        +        image: registry.example/game:2
                 ports:
                 - containerPort: 8080
               enableServiceLinks: false
        unchanged Namespace/game -
        unchanged ConfigMap/one game
        changed ConfigMap/two game
        @@ -1,6 +1,6 @@
         apiVersion: v1
         data:
        -  motto: first
        +  motto: second
         kind: ConfigMap
         metadata:
           name: two
        created ConfigMap/three game
        @@ -0,0 +1,7 @@
        +apiVersion: v1
        +data:
        +  motto: new
        +kind: ConfigMap
        +metadata:
        +  name: three
        +  namespace: game
    "#]].assert_eq(&shown(&report.changes));
    let applied = harness.cluster.writes();
    assert!(!applied.iter().any(|write| write.contains("three")), "{applied:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_plan_holds_what_its_deployment_changes() {
    let harness = deployed().await;
    harness.manifest("21-two.yaml", &map("two", "second"));
    let report = dry(&harness, "2").await;
    let result = harness.deploy("2").await;
    result.assert_end(Outcome::Succeeded);
    assert_eq!(shown(&plan(&result).changes), shown(&report.changes));
    assert!(shown(&report.changes).contains("-  motto: first\n+  motto: second\n"));
}

#[tokio::test(start_paused = true)]
async fn a_first_deployment_creates_everything_and_asks_kubectl_nothing() {
    let harness = Harness::new();
    harness.manifest("20-one.yaml", &map("one", "first"));
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    expect![[r#"
        created Service/game game
        @@ -0,0 +1,16 @@
        +apiVersion: serving.knative.dev/v1
        +kind: Service
        +metadata:
        +  name: game
        +  namespace: game
        +spec:
        +  template:
        +    spec:
        +      containers:
        +      - env:
        +        - name: GREETING
        +          value: hi
        +        image: registry.example/game:1
        +        ports:
        +        - containerPort: 8080
        +      enableServiceLinks: false
        created Namespace/game -
        @@ -0,0 +1,4 @@
        +apiVersion: v1
        +kind: Namespace
        +metadata:
        +  name: game
        created ConfigMap/one game
        @@ -0,0 +1,7 @@
        +apiVersion: v1
        +data:
        +  motto: first
        +kind: ConfigMap
        +metadata:
        +  name: one
        +  namespace: game
    "#]]
    .assert_eq(&shown(&plan(&result).changes));
    assert_eq!(diffs(&harness), 0);
}

#[tokio::test(start_paused = true)]
async fn the_same_image_with_the_same_manifests_changes_nothing_and_asks_kubectl_nothing() {
    let harness = deployed().await;
    let image = harness.digest_of("game-00001");
    let mut again = request("1", "again");
    again.image = boathook_core::deployment::ImageRef::parse(&image).unwrap();
    let result = harness.deploy_request(again).await;
    result.assert_end(Outcome::Succeeded);
    let changes = &plan(&result).changes;
    assert!(changes.iter().all(|one| one.change == ChangeKind::Unchanged), "{}", shown(changes));
    assert_eq!(diffs(&harness), 0);
}

#[tokio::test(start_paused = true)]
async fn a_password_in_a_map_that_changes_is_marked() {
    let harness = deployed().await;
    let map = |password: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: one}}\ndata: {{db-password: {password}}}\n"
        )
    };
    harness.manifest("20-one.yaml", &map("hunter2-the-first"));
    harness.deploy("2").await.assert_end(Outcome::Succeeded);
    harness.manifest("20-one.yaml", &map("hunter2-the-next"));
    let text = shown(&dry(&harness, "1").await.changes);
    assert!(
        text.contains(
            "-  db-password: '[redacted] (before)'\n+  db-password: '[redacted] (after)'\n"
        ),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn values_of_secrets_are_never_shown_but_that_they_change_is() {
    let harness = deployed().await;
    let secret = |value: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: key}}\nstringData: {{key: {value}, other: same-words}}\n"
        )
    };
    harness.manifest("30-secret.yaml", &secret("words-of-a-secret"));
    harness.deploy("2").await.assert_end(Outcome::Succeeded);
    harness.manifest("30-secret.yaml", &secret("words-of-another"));
    let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {motto: first, db-password: hunter2-of-the-map}\n";
    harness.manifest("20-one.yaml", settings);
    let report = dry(&harness, "1").await;
    let text = shown(&report.changes[1..]);
    expect![[r#"
        unchanged Namespace/game -
        changed ConfigMap/one game
        @@ -1,5 +1,6 @@
         apiVersion: v1
         data:
        +  db-password: '[redacted]'
           motto: first
         kind: ConfigMap
         metadata:
        unchanged ConfigMap/two game
        changed Secret/key game
        @@ -1,6 +1,6 @@
         apiVersion: v1
         data:
        -  key: '[redacted] (before)'
        +  key: '[redacted] (after)'
           other: '[redacted]'
         kind: Secret
         metadata:
    "#]]
    .assert_eq(&text);
    let result = harness.deploy("1").await;
    result.assert_end(Outcome::Succeeded);
    let record = serde_json::to_string(&result.records).unwrap();
    for secret in ["words-of-a-secret", "words-of-another", "same-words"] {
        assert!(!record.contains(secret), "{secret} is in the record");
    }
    assert!(!text.contains("hunter2"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_comparison_that_fails_stops_no_deployment_and_is_a_problem_of_a_dry_run() {
    let faults = [
        Fault::Exit("Error from server (Forbidden): the fault of this test".to_owned()),
        Fault::Unreachable,
        Fault::Killed,
        Fault::KilledAfter,
        Fault::Hang,
    ];
    for fault in faults {
        let harness = deployed().await;
        harness.manifest("21-two.yaml", &map("two", "second"));
        harness.cluster.fail("kubectl diff", Times::UntilHealed, fault.clone());
        let report = dry(&harness, "2").await;
        let result = harness.deploy("2").await;
        result.assert_end(Outcome::Succeeded);
        let unknown = "what changes beside the service is not known in full: ";
        let noted = &plan(&result).notes;
        assert!(noted.iter().any(|note| note.text.starts_with(unknown)), "{fault:?}: {noted:#?}");
        assert_eq!(report.problems.len(), 1, "{fault:?}: {:#?}", report.problems);
        assert!(report.problems[0].starts_with(unknown), "{fault:?}: {:#?}", report.problems);
        assert_eq!(harness.serves(), "v2 100", "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_comparison_that_hangs_delays_a_deployment_by_ten_seconds_at_most() {
    let time = async |hangs: bool| {
        let harness = deployed().await;
        harness.manifest("21-two.yaml", &map("two", "second"));
        if hangs {
            harness.cluster.fail("kubectl diff", Times::UntilHealed, Fault::Hang);
        }
        let began = Instant::now();
        harness.deploy("2").await.assert_end(Outcome::Succeeded);
        began.elapsed()
    };
    let usual = time(false).await;
    let hanging = time(true).await;
    assert!(hanging <= usual + Duration::from_secs(10), "{hanging:?} against {usual:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_too_long_is_cut_and_says_so() {
    let harness = deployed().await;
    let lines: String = (0..4000).map(|at| format!("  line-{at}: x{at}\n")).collect();
    let large = |name: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata:\n{lines}")
    };
    for at in 0..6 {
        harness.manifest(&format!("4{at}-large.yaml"), &large(&format!("large-{at}")));
    }
    let report = dry(&harness, "2").await;
    let bytes: usize =
        report.changes.iter().filter_map(|one| one.diff.as_ref()).map(String::len).sum();
    assert!(bytes < 33 << 10, "{bytes}");
    let large = report.changes.iter().filter(|one| one.object.contains("large"));
    for change in large {
        let diff = change.diff.as_ref().unwrap();
        assert!(diff.contains("left out") && diff.ends_with("]\n"), "{diff}");
        assert!(diff.len() < 9 << 10, "{}", diff.len());
    }
}

#[tokio::test(start_paused = true)]
async fn labels_and_annotations_of_the_service_that_change_are_shown_with_their_values() {
    let harness = deployed().await;
    let labelled = |tier: &str| {
        manifest("hi").replace(
            "  namespace: game\n",
            &format!("  namespace: game\n  labels: {{tier: {tier}}}\n"),
        )
    };
    harness.manifest("10-game.yaml", &labelled("silver"));
    harness.deploy("2").await.assert_end(Outcome::Succeeded);
    harness.manifest("10-game.yaml", &labelled("gold"));
    let report = dry(&harness, "1").await;
    expect![[r#"
        changed Service/game game
        @@ -1,6 +1,6 @@
         metadata:
           labels:
        -    tier: silver
        +    tier: gold
           name: game
           namespace: game
         spec:
        @@ -10,7 +10,7 @@
               - env:
                 - name: GREETING
                   value: hi
        -        image: registry.example/game@sha256:7bc114711a2e6e9ae5912145f8cf2dd17355efb3a9664095b17b9e37c08f4291
        +        image: registry.example/game:1
                 ports:
                 - containerPort: 8080
               enableServiceLinks: false
    "#]].assert_eq(&shown(&report.changes[..1]));
}

#[tokio::test(start_paused = true)]
async fn an_approver_sees_what_a_deployment_that_waits_would_change_and_others_wait_behind_it() {
    let harness = deployed().await;
    harness.manifest("21-two.yaml", &map("two", "second"));
    let mut waits = accepted_as_sent(request("2", "waits"));
    waits.approve_until = Some(harness.engine.clock.now() + jiff::SignedDuration::from_hours(1));
    waits.approvers.count = 1;
    harness.journal.accept(waits, QUEUE).await.unwrap();
    let report = harness.engine.dry_run(&request("2", "waits")).await;
    assert!(shown(&report.changes).contains("+  motto: second\n"), "{report:#?}");
    let other = harness.engine.dry_run(&request("2", "other")).await;
    assert!(other.changes.is_empty() && other.notes[0].contains("awaiting_approval"), "{other:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_readiness_probe_without_a_port_is_no_change() {
    let harness = deployed().await;
    let probed = manifest("hi").replace(
        "          env:",
        "          readinessProbe: {httpGet: {path: /}, periodSeconds: 5}\n          env:",
    );
    harness.manifest("10-game.yaml", &probed);
    harness.deploy("2").await.assert_end(Outcome::Succeeded);
    let report = dry(&harness, "1").await;
    let text = shown(&report.changes[..1]);
    let lines = text.lines().filter(|line| line.starts_with(['+', '-']));
    assert!(lines.clone().all(|line| line.contains("image:")), "{text}");
}

#[tokio::test(start_paused = true)]
async fn what_leaves_the_manifest_is_shown_even_where_its_value_is_a_default_elsewhere() {
    let harness = deployed().await;
    let with = |fields: &str| {
        manifest("hi")
            .replace("      containers:\n", &format!("      {fields}\n      containers:\n"))
    };
    harness.manifest("10-game.yaml", &with("timeoutSeconds: 1"));
    harness.deploy("2").await.assert_end(Outcome::Succeeded);
    harness.manifest("10-game.yaml", &manifest("hi"));
    let report = dry(&harness, "1").await;
    let text = shown(&report.changes[..1]);
    assert!(text.contains("-      timeoutSeconds: 1\n"), "{text}");
}
