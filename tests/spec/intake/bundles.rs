//! Manifests in a request: what is accepted, what makes two requests the same, and what the record
//! holds.

use std::{os::unix::fs::PermissionsExt as _, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use boathook::{
    bundles::{AcceptedManifests, SecretBundles, pack},
    intake::Admission,
};
use boathook_core::{
    deployment::{Bundle, BundlePath, RequestedManifests},
    record::Event,
};
use boathook_testing::{
    delivery::{Delivery, body_with},
    harness::Harness,
    samples::bundle,
};
use expect_test::expect;
use jiff::Timestamp;
use serde_json::{Value, json};

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n";

fn taking(accepts: AcceptedManifests) -> impl FnOnce(&mut Admission) {
    move |admission| {
        admission.policies.iter_mut().for_each(|policy| policy.config.allow.manifests = accepts);
    }
}

fn packed(bundle: &Bundle) -> String {
    STANDARD.encode(pack(bundle).unwrap())
}

fn delivery(manifests: impl Into<Value>) -> Delivery {
    Delivery::of(&body_with(json!({"manifests": manifests.into()})))
}

async fn requested(harness: &Harness) -> Option<RequestedManifests> {
    let newest = harness.newest().await;
    let records = harness.journal.records(&newest.id, 0).await.unwrap();
    records[0].event.acceptance().unwrap().request.manifests.clone()
}

#[test]
fn the_digest_is_that_of_what_sha256sum_prints_and_no_packing_counts() {
    let one = bundle(&[("staging/b.yaml", "b\n"), ("base/a.yaml", "a\n")]);
    // $ sha256sum base/a.yaml staging/b.yaml | sha256sum
    assert_eq!(
        one.digest().as_str(),
        "sha256:f2387708c149ef1f322d622fa7573d5a1fc653b8fe4b1234228fdf9fcab2d8e6"
    );
    let other = bundle(&[("base/a.yaml", "a\n"), ("staging/b.yaml", "b\n")]);
    assert_eq!(pack(&one).unwrap(), pack(&other).unwrap());
    assert_eq!(other.digest(), one.digest());
    assert_ne!(bundle(&[("base/a.yaml", "a\n")]).digest(), one.digest());
}

#[tokio::test(start_paused = true)]
async fn a_bundle_is_accepted_where_policy_says_so_and_kept_by_its_digest() {
    let sent = bundle(&[("dev/settings.yaml", CONFIG), ("base/unused.txt", "no manifest\n")]);
    let harness = Harness::with(taking(AcceptedManifests::Both));
    harness.accept(delivery(packed(&sent))).await;
    assert_eq!(requested(&harness).await, Some(RequestedManifests::Bundle(sent.digest())));
    let kept = harness.journal.bundle(&sent.digest()).await.unwrap().unwrap();
    assert_eq!(kept.packed, Some(pack(&sent).unwrap()));
}

#[tokio::test(start_paused = true)]
async fn the_content_is_in_no_event_of_the_record() {
    let harness = Harness::with(taking(AcceptedManifests::Both));
    harness.accept(delivery(CONFIG)).await;
    let records = harness.journal.records_of_all(0, 100).await.unwrap();
    let text =
        serde_json::to_string(&records.iter().map(|record| &record.event).collect::<Vec<&Event>>())
            .unwrap();
    assert!(!text.contains("ConfigMap"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn the_bundle_is_part_of_what_a_request_means() {
    let harness = Harness::with(taking(AcceptedManifests::Both));
    let sent = bundle(&[("dev/settings.yaml", CONFIG)]);
    harness.accept(delivery(packed(&sent))).await;
    assert_eq!(harness.send(delivery(packed(&sent))).await.status, 200);
    // The same files, packed by another program.
    let mut tar =
        tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(CONFIG.len() as u64);
    header.set_mode(0o755);
    header.set_mtime(1_700_000_000);
    tar.append_data(&mut header, "./dev/settings.yaml", CONFIG.as_bytes()).unwrap();
    let other = STANDARD.encode(tar.into_inner().unwrap().finish().unwrap());
    assert_ne!(other, packed(&sent));
    assert_eq!(harness.send(delivery(other)).await.status, 200);
    let changed = bundle(&[("dev/settings.yaml", CONFIG), ("dev/more.yaml", CONFIG)]);
    assert_eq!(harness.send(delivery(packed(&changed))).await.status, 409);
    assert_eq!(harness.send(Delivery::of(&body_with(json!({})))).await.status, 409);
    assert_eq!(harness.everything().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn policy_says_where_manifests_come_from() {
    let node = Harness::with(taking(AcceptedManifests::Node));
    let request = Harness::with(taking(AcceptedManifests::Request));
    let answers = [
        node.send(delivery(CONFIG)).await.refusal(),
        request.send(Delivery::of(&body_with(json!({})))).await.refusal(),
    ];
    expect![[r#"
        403 development does not accept this deployment: it takes manifests from the node alone; leave `manifests` out, or ask its operator for `allow.manifests: both`
        403 development does not accept this deployment: it takes manifests from requests alone (`allow.manifests: request`), and no earlier one of this service brought some; send `manifests`"#]].assert_eq(&answers.join("\n"));
    node.accept(Delivery::of(&body_with(json!({})))).await;
    request.accept(delivery(CONFIG)).await;
}

#[tokio::test(start_paused = true)]
async fn a_field_that_cannot_be_right_is_refused_and_says_what_to_send() {
    let harness = Harness::with(taking(AcceptedManifests::Both));
    let good = bundle(&[("dev/settings.yaml", CONFIG)]);
    let large = Bundle::new(std::collections::BTreeMap::from([(
        BundlePath::parse("dev/large.yaml").unwrap(),
        vec![b'x'; 17 << 20],
    )]));
    let wrong = [
        json!(7),
        json!({"bundle": good.digest()}),
        json!({"image": "registry.example/app-manifests:1"}),
        json!({"image": "registry.example/app-manifests:1", "bundle": good.digest()}),
        json!({}),
        json!(""),
        json!("H4sInotgzip"),
    ];
    let mut refusals = Vec::new();
    for manifests in wrong {
        refusals.push(harness.send(delivery(manifests)).await.refusal());
    }
    let packed = STANDARD.encode(pack(&large).unwrap());
    let mut wide = Harness::with(taking(AcceptedManifests::Both));
    wide.public.body.max_bytes = 4 << 20;
    refusals.push(wide.send(delivery(packed)).await.refusal());
    expect![[r#"
        422 `manifests` must be a text (the base64 of a gzipped tar, or YAML), or {"image": "REPOSITORY@sha256:..."}, found a number
        422 `manifests.bundle` is for boathook's own promotions; send the manifests themselves
        422 `manifests.image`: `registry.example/app-manifests:1` names no digest, and what a tag names can change; name the artifact as REPOSITORY@sha256:..., which `oras push` and `flux push artifact` print
        422 `manifests` as an object must hold `image` alone, such as {"image": "ghcr.io/org/app-manifests@sha256:..."}
        422 `manifests` as an object must hold `image` alone, such as {"image": "ghcr.io/org/app-manifests@sha256:..."}
        422 the bundle holds no file; pack the folder that holds one folder for each environment
        422 `manifests` begins like the base64 of a gzipped tar, and is not valid base64; send `tar -cz ... | base64 -w0`
        413 the bundle's entry `dev/large.yaml` makes the bundle larger than 16777216 bytes (bundles.max_bytes); leave out what no environment needs"#]].assert_eq(&refusals.join("\n"));
}

const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: password\nstringData:\n  password: hunter2hunter2\n";

fn taking_secrets(admission: &mut Admission) {
    taking(AcceptedManifests::Both)(admission);
    admission.policies.iter_mut().for_each(|policy| policy.config.allow.secrets = true);
}

#[tokio::test(start_paused = true)]
async fn the_values_of_a_secret_are_refused_before_they_are_kept_however_they_stand_there() {
    let harness = Harness::with(taking(AcceptedManifests::Both));
    let item = SECRET.replace('\n', "\n  ").trim_end().to_owned();
    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {item}\n");
    let generator = "secretGenerator:\n- name: password\n  literals: [password=hunter2hunter2]\n";
    let patch = "patches:\n- target: {kind: Secret, name: password}\n  path: ../base/patch.json\n";
    let operation = r#"[{"op": "add", "path": "/stringData/password", "value": "hunter2hunter2"}]"#;
    let table = [
        bundle(&[("dev/password.yaml", SECRET)]),
        bundle(&[("dev/list.yaml", &list)]),
        bundle(&[("dev/settings.yaml", CONFIG), ("base/password.txt", SECRET)]),
        bundle(&[("dev/kustomization.yaml", generator)]),
        bundle(&[("dev/kustomization.yaml", patch), ("base/patch.json", operation)]),
        bundle(&[(
            "dev/kustomization.yaml",
            "patches:\n- path: a.yaml\n  options: {allowKindChange: true}\n",
        )]),
        bundle(&[("dev/broken.yaml", &format!("{SECRET}\t- x: [\n"))]),
        Bundle::of_text(SECRET),
    ];
    let mut refusals = Vec::new();
    for sent in &table {
        refusals.push(harness.send(delivery(packed(sent))).await.refusal());
        assert_eq!(harness.journal.bundle(&sent.digest()).await.unwrap(), None);
    }
    expect![[r#"
        403 development does not accept this deployment: `dev/password.yaml` in its manifests holds the values of a Secret, and `allow.secrets` is false; take it out, and create the Secret in the cluster
        403 development does not accept this deployment: `dev/list.yaml` in its manifests holds the values of a Secret, and `allow.secrets` is false; take it out, and create the Secret in the cluster
        403 development does not accept this deployment: `base/password.txt` in its manifests holds the values of a Secret, and `allow.secrets` is false; take it out, and create the Secret in the cluster
        403 development does not accept this deployment: `dev/kustomization.yaml` in its manifests holds the values of a Secret, and `allow.secrets` is false; take it out, and create the Secret in the cluster
        403 development does not accept this deployment: `dev/kustomization.yaml` in its manifests holds the values of a Secret, and `allow.secrets` is false; take it out, and create the Secret in the cluster
        403 development does not accept this deployment: `dev/kustomization.yaml` in its manifests holds the values of a Secret, and `allow.secrets` is false; take it out, and create the Secret in the cluster
        403 development does not accept this deployment: `dev/broken.yaml` in its manifests holds the values of a Secret, and `allow.secrets` is false; take it out, and create the Secret in the cluster
        403 development does not accept this deployment: `manifests.yaml` in its manifests holds the values of a Secret, and `allow.secrets` is false; take it out, and create the Secret in the cluster"#]].assert_eq(&refusals.join("\n"));
    let empty = SECRET.split("stringData").next().unwrap();
    harness.accept(delivery(packed(&bundle(&[("dev/password.yaml", empty)])))).await;
}

#[tokio::test(start_paused = true)]
async fn secrets_that_are_allowed_stand_in_no_journal_but_in_a_file_of_boathooks_own() {
    let harness = Harness::with(taking_secrets);
    let sent = bundle(&[("dev/password.yaml", SECRET)]);
    harness.accept(delivery(packed(&sent))).await;
    let kept = harness.journal.bundle(&sent.digest()).await.unwrap().unwrap();
    assert_eq!(kept.packed, None);
    assert_eq!(harness.journal.bundles_beside().await.unwrap(), [sent.digest()]);
    let folder = harness.dir.folder().join("bundles");
    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap()).collect();
    assert_eq!(files.len(), 1);
    let mode = files[0].metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode, std::fs::read(files[0].path()).unwrap()), (0o600, pack(&sent).unwrap()));
    let beside = SecretBundles::in_state(harness.dir.folder());
    assert_eq!(beside.read(&sent.digest()).await.unwrap(), Some(pack(&sent).unwrap()));
    let written = Timestamp::try_from(files[0].metadata().unwrap().modified().unwrap()).unwrap();
    let later = written + Duration::from_secs(7200);
    // What is being accepted may not be in the journal yet.
    beside.prune(&[], written).await.unwrap();
    assert!(files[0].path().exists());
    beside.prune(&[sent.digest()], later).await.unwrap();
    assert!(files[0].path().exists());
    beside.prune(&[], later).await.unwrap();
    assert_eq!(beside.read(&sent.digest()).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn one_bundle_with_secrets_may_be_kept_by_two_requests_at_once() {
    let dir = boathook_testing::state_dir::StateDir::new();
    let beside = SecretBundles::in_state(dir.folder());
    let sent = bundle(&[("dev/password.yaml", SECRET)]);
    let packed = pack(&sent).unwrap();
    let digest = sent.digest();
    let keeping = (0..8).map(|_| beside.keep(&digest, &packed));
    for kept in futures_util::future::join_all(keeping).await {
        kept.unwrap();
    }
    assert_eq!(beside.read(&digest).await.unwrap(), Some(packed));
    assert_eq!(std::fs::read_dir(dir.folder().join("bundles")).unwrap().count(), 1);
}
