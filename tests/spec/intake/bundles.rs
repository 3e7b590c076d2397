//! Manifests in a request: what is accepted, what makes two requests the same, and what the record
//! holds.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use boathook::{
    bundles::{AcceptedManifests, pack},
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
use serde_json::{Value, json};

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n";

fn taking(accepts: AcceptedManifests) -> impl FnOnce(&mut Admission) {
    move |admission| {
        admission.policies.iter_mut().for_each(|policy| policy.allow.manifests = accepts);
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
    let kept = harness.journal.bundle(&sent.digest()).await.unwrap();
    assert_eq!(kept, Some(pack(&sent).unwrap()));
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
        422 `manifests.image` must name the artifact by digest: REPOSITORY@sha256:...
        422 `manifests` as an object must hold `image` alone, such as {"image": "ghcr.io/org/app-manifests@sha256:..."}
        422 `manifests` as an object must hold `image` alone, such as {"image": "ghcr.io/org/app-manifests@sha256:..."}
        422 the bundle holds no file; pack the folder that holds one folder for each environment
        422 `manifests` begins like the base64 of a gzipped tar, and is not valid base64; send `tar -cz ... | base64 -w0`
        413 the bundle's entry `dev/large.yaml` makes the bundle larger than 16777216 bytes (bundles.max_bytes); leave out what no environment needs"#]].assert_eq(&refusals.join("\n"));
}
