//! Registries that break, lie or attack: each is refused with its reason, nothing is accepted, and no
//! login goes where it is not for.

use std::{fs, sync::Arc, time::Duration};

use boathook::{
    bundles::{AcceptedManifests, BundleLimits, pack},
    config::Pattern,
    intake::Admission,
};
use boathook_core::deployment::{ArtifactRef, Bundle, BundlePath};
use boathook_testing::{
    delivery::{Answer, Delivery, body_with},
    fake_registry::{Access, FakeRegistry, IMAGE_MANIFEST, Mood, OCI_FILE, OCI_LAYER, USER},
    harness::Harness,
    samples::bundle,
};
use expect_test::expect;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::Instant;

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n";
const REPOSITORY: &str = "registry.example/game-manifests";
const MANIFESTS: &str = "https://registry.example/v2/game-manifests/manifests/";
const BLOBS: &str = "https://registry.example/v2/game-manifests/blobs/";

/// With the folder of the logins, which is read when something is fetched.
fn harness(registry: &Arc<FakeRegistry>, limits: BundleLimits) -> (Harness, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("registries.yaml");
    let (user, password) = USER;
    let login = format!("{{auth: {{username: {user}, password: {password}}}}}");
    fs::write(&file, format!("configs: {{registry.example: {login}}}\n")).unwrap();
    let artifacts = registry.artifacts(Some(&file));
    let harness = Harness::with(|admission: &mut Admission| {
        admission.artifacts = artifacts;
        admission.bundles = limits;
        for policy in &mut admission.policies {
            policy.config.allow.manifests = AcceptedManifests::Both;
            policy.config.allow.manifest_images =
                vec![Pattern::parse("registry.example/*").unwrap()];
        }
    });
    (harness, folder)
}

async fn send(harness: &Harness, artifact: &ArtifactRef) -> Answer {
    let named = json!({"manifests": {"image": artifact.to_string()}});
    harness.send(Delivery::of(&body_with(named))).await
}

fn pushed(registry: &FakeRegistry) -> ArtifactRef {
    registry.push_folder(REPOSITORY, "manifests", &bundle(&[("dev/settings.yaml", CONFIG)]))
}

#[tokio::test(start_paused = true)]
async fn a_registry_that_is_away_or_slow_is_answered_with_try_again_and_nothing_is_accepted() {
    let registry = FakeRegistry::new();
    let artifact = pushed(&registry);
    let (harness, _logins) = harness(&registry, BundleLimits::RECORDED);
    let mut refusals = Vec::new();
    for (beginning, mood) in [
        (MANIFESTS, Mood::Away),
        (BLOBS, Mood::Away),
        (MANIFESTS, Mood::Status(503)),
        (BLOBS, Mood::Status(429)),
        (MANIFESTS, Mood::Silent),
        (BLOBS, Mood::Silent),
    ] {
        registry.mood(beginning, mood);
        let began = Instant::now();
        let answer = send(&harness, &artifact).await;
        assert!(began.elapsed() <= Duration::from_secs(9));
        assert!(answer.header("retry-after").is_some());
        refusals.push(answer.refusal());
        registry.recover();
    }
    expect![[r#"
        503 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example cannot be reached
        503 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example cannot be reached
        503 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example answers 503; try again later
        503 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example answers 429; try again later
        503 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 were not fetched within 8s (artifacts.timeout); try again later
        503 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 were not fetched within 8s (artifacts.timeout); try again later"#]].assert_eq(&refusals.join("\n"));
    assert!(harness.everything().await.is_empty());
    assert_eq!(send(&harness, &artifact).await.status, 202);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_what_its_digest_names_is_refused_wherever_it_stands() {
    let registry = FakeRegistry::new();
    let artifact = pushed(&registry);
    let (harness, _logins) = harness(&registry, BundleLimits::RECORDED);
    let mut refusals = Vec::new();
    for (beginning, mood) in [
        (MANIFESTS, Mood::Gives(b"{}".to_vec())),
        (BLOBS, Mood::Gives(b"another tar".to_vec())),
        (MANIFESTS, Mood::Gives(vec![b' '; 5 << 20])),
        (BLOBS, Mood::Gives(vec![0; 40 << 20])),
        (MANIFESTS, Mood::Status(404)),
        (BLOBS, Mood::Status(404)),
        (MANIFESTS, Mood::Status(403)),
        (MANIFESTS, Mood::Status(418)),
    ] {
        registry.mood(beginning, mood);
        refusals.push(send(&harness, &artifact).await.refusal());
        registry.recover();
    }
    expect![[r#"
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example sends other bytes than its digest names
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example sends other bytes than its digest names
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example sends more than 4194304 bytes
        413 the bundle unpacks to more than 16777216 bytes (bundles.max_bytes); leave out what no environment needs
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example has no such artifact
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example has no such artifact
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example refuses the node's login, or lets it read nothing there
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example answers 418"#]].assert_eq(&refusals.join("\n"));
    assert!(harness.everything().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn blobs_are_fetched_from_where_the_registry_sends_and_nobody_there_sees_the_login() {
    let registry = FakeRegistry::new();
    let artifact = pushed(&registry);
    let content = pack(&Bundle::new(
        [(BundlePath::parse("manifests/dev/settings.yaml").unwrap(), CONFIG.into())].into(),
    ));
    registry.place("https://storage.example/blob", &content.unwrap());
    registry.access("registry.example", Access::Password);
    registry.mood(BLOBS, Mood::Moved("https://storage.example/blob".to_owned()));
    let (harness, _logins) = harness(&registry, BundleLimits::RECORDED);
    assert_eq!(send(&harness, &artifact).await.status, 202);
    expect![[r#"
        https://registry.example/v2/game-manifests/manifests/sha256:.. nobody
        https://registry.example/v2/game-manifests/manifests/sha256:.. Basic
        https://registry.example/v2/game-manifests/blobs/sha256:.. Basic
        https://storage.example/blob nobody"#]]
    .assert_eq(&registry.asked());
}

#[tokio::test(start_paused = true)]
async fn a_registry_cannot_lead_anywhere_without_tls_nor_in_circles() {
    let registry = FakeRegistry::new();
    let artifact = pushed(&registry);
    let (harness, _logins) = harness(&registry, BundleLimits::RECORDED);
    let mut refusals = Vec::new();
    for (beginning, to) in [
        (BLOBS, "http://storage.example/blob"),
        (BLOBS, "file:///etc/passwd"),
        (BLOBS, "//"),
        (BLOBS, BLOBS),
        (MANIFESTS, MANIFESTS),
    ] {
        registry.mood(beginning, Mood::Moved(to.to_owned()));
        refusals.push(send(&harness, &artifact).await.refusal());
        registry.recover();
    }
    registry.access("registry.example", Access::Token("http://login.example/token".to_owned()));
    refusals.push(send(&harness, &artifact).await.refusal());
    registry.access("registry.example", Access::Token("https://login.example/token".to_owned()));
    for mood in [
        Mood::Moved("https://evil.example/token".to_owned()),
        Mood::Gives(b"{\"token\": \"\"}".to_vec()),
        Mood::Gives(b"{\"token\": \"a\\r\\nX-Evil: 1\"}".to_vec()),
        Mood::Gives(b"{\"token\": \"not the one\"}".to_vec()),
        Mood::Gives(vec![b' '; 1 << 20]),
        Mood::Status(403),
        Mood::Status(500),
    ] {
        registry.mood("https://login.example/", mood);
        refusals.push(send(&harness, &artifact).await.refusal());
        registry.recover();
    }
    expect![[r#"
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example sends its clients on to an address that boathook does not follow
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example sends its clients on to an address that boathook does not follow
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example sends its clients on to an address that boathook does not follow
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example sends its clients on too often
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example sends its clients on too often
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example gives tokens at an address without TLS
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example answers 307
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example gives no token where it says that it does
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example gives no token where it says that it does
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example gives no token where it says that it does
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example sends more than 65536 bytes
        422 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example refuses the node's login, or lets it read nothing there
        503 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: registry.example answers 500; try again later"#]].assert_eq(&refusals.join("\n"));
    let asked = registry.asked();
    assert!(!asked.contains("http://") && !asked.contains("evil.example"), "{asked}");
    assert!(harness.everything().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_no_folder_of_manifests_is_refused_and_says_how_to_push_one() {
    let registry = FakeRegistry::new();
    let title = |name: &str| json!({"org.opencontainers.image.title": name});
    let yaml = |name: &str| (OCI_FILE, title(name), CONFIG.as_bytes().to_vec());
    let packed = pack(&bundle(&[("dev/settings.yaml", CONFIG)])).unwrap();
    let tar = || (OCI_LAYER, Value::Null, packed.clone());
    let unpacked = |folder: &str| {
        let mut annotations = title(folder);
        annotations["io.deis.oras.content.unpack"] = json!("true");
        (OCI_LAYER, annotations, packed.clone())
    };
    let index = json!({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": []});
    let kind = |kind: &str| json!({"schemaVersion": 2, "mediaType": kind, "layers": []});
    let table = [
        registry.push_manifest(REPOSITORY, &index),
        registry.push_manifest(REPOSITORY, &kind("application/vnd.oci.artifact.manifest.v1+json")),
        registry.push_manifest(REPOSITORY, &kind(IMAGE_MANIFEST)),
        registry.push_manifest(REPOSITORY, &json!({"layers": [{"digest": "sha256:short"}]})),
        registry.push_manifest(REPOSITORY, &json!([])),
        registry.push(REPOSITORY, &[tar(), tar()]),
        registry.push(REPOSITORY, &[tar(), yaml("dev/a.yaml")]),
        registry.push(
            REPOSITORY,
            &[("application/vnd.oci.image.layer.v1.tar+zstd", Value::Null, packed.clone())],
        ),
        registry.push(REPOSITORY, &[(OCI_FILE, Value::Null, packed.clone())]),
        registry.push(REPOSITORY, &[("application/\u{1b}[31mevil", title("a"), packed.clone())]),
        registry.push(REPOSITORY, &[unpacked("elsewhere")]),
        registry.push(REPOSITORY, &[yaml("../evil.yaml")]),
        registry.push(REPOSITORY, &[yaml("/etc/evil.yaml")]),
        registry.push(REPOSITORY, &[yaml("dev/a.yaml"), yaml("dev/a.yaml")]),
        registry.push(REPOSITORY, &[yaml("dev/a.yaml"), yaml("dev/A.yaml")]),
        registry.push(REPOSITORY, &[yaml("dev"), yaml("dev/a.yaml")]),
        registry.push(REPOSITORY, &[(OCI_FILE, title("a.yaml"), vec![0xff])]),
        registry.push(REPOSITORY, &[(OCI_LAYER, Value::Null, b"no gzip".to_vec())]),
    ];
    let mut refusals = Vec::new();
    for artifact in table {
        let (harness, _logins) = harness(&registry, BundleLimits::RECORDED);
        let refusal = send(&harness, &artifact).await.refusal();
        refusals.push(refusal.replace(artifact.digest().as_str(), "sha256:.."));
        assert!(harness.everything().await.is_empty());
    }
    expect![[r#"
        422 the artifact registry.example/game-manifests@sha256:.. is an index of several manifests; name the one in it that holds the folder, by its own digest
        422 the artifact registry.example/game-manifests@sha256:.. has a manifest of the kind `application/vnd.oci.artifact.manifest.v1+json`, which boathook does not know; push it as an image manifest, as `oras push` and `flux push artifact` do
        422 the artifact registry.example/game-manifests@sha256:.. has no layer; push the folder that holds one folder for each environment
        422 the artifact registry.example/game-manifests@sha256:.. has no manifest that boathook can read
        422 the artifact registry.example/game-manifests@sha256:.. has no manifest that boathook can read
        422 the artifact registry.example/game-manifests@sha256:.. has 2 layers; push the folder as one gzipped tar (`oras push REPOSITORY:TAG manifests/`), or YAML files only
        422 the artifact registry.example/game-manifests@sha256:.. has 2 layers; push the folder as one gzipped tar (`oras push REPOSITORY:TAG manifests/`), or YAML files only
        422 the artifact registry.example/game-manifests@sha256:.. has a layer of the kind `application/vnd.oci.image.layer.v1.tar+zstd`; push the folder as one gzipped tar (`oras push REPOSITORY:TAG manifests/`), or YAML files only
        422 the artifact registry.example/game-manifests@sha256:.. has a layer of the kind `application/vnd.oci.image.layer.v1.tar`; push the folder as one gzipped tar (`oras push REPOSITORY:TAG manifests/`), or YAML files only
        422 the artifact registry.example/game-manifests@sha256:.. has a layer of the kind `application/\u{1b}[31mevil`; push the folder as one gzipped tar (`oras push REPOSITORY:TAG manifests/`), or YAML files only
        422 the artifact registry.example/game-manifests@sha256:.. holds files outside of `elsewhere`, the folder that it says it was made of; push it again
        422 the artifact registry.example/game-manifests@sha256:.. has a file `../evil.yaml` whose path holds `..`, which may lead out of the bundle; name files from the bundle's own folder on
        422 the artifact registry.example/game-manifests@sha256:.. has a file `/etc/evil.yaml` whose path is absolute; name files from the bundle's own folder on
        422 the artifact registry.example/game-manifests@sha256:.. has two files with the path `dev/a.yaml`; push each once
        422 the bundle's entry `dev/a.yaml` differs from another one only in upper and lower case, and some systems take both for one file; rename one of them
        422 the bundle's entry `dev/a.yaml` is both a file and a folder; rename one of them
        422 the artifact registry.example/game-manifests@sha256:.. has a file that is no text in UTF-8; push YAML
        422 the bundle is no gzipped tar, or is damaged (unexpected end of file); pack it again"#]].assert_eq(&refusals.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_bomb_is_refused_by_the_limits_of_bundles() {
    let limits = BundleLimits {
        max_bytes: 1 << 20,
        max_entries: 500,
        max_depth: 10,
        max_path: 200,
        max_compression: 100,
    };
    let registry = FakeRegistry::new();
    let zeros = |size: usize| {
        Bundle::new([(BundlePath::parse("dev/zeros.yaml").unwrap(), vec![0; size])].into())
    };
    let many = (0..600).map(|number| {
        let title = json!({"org.opencontainers.image.title": format!("dev/{number}.yaml")});
        (OCI_FILE, title, CONFIG.as_bytes().to_vec())
    });
    let title = json!({"org.opencontainers.image.title": "dev/large.yaml"});
    let half = (OCI_FILE, title, vec![b'#'; 600 << 10]);
    let title = json!({"org.opencontainers.image.title": "dev/other.yaml"});
    let other_half = (OCI_FILE, title, vec![b'%'; 600 << 10]);
    let table = [
        registry.push_folder(REPOSITORY, "m", &zeros(1000 << 10)),
        registry.push_folder(REPOSITORY, "m", &zeros(10 << 20)),
        registry.push(REPOSITORY, &[(OCI_LAYER, Value::Null, vec![1; 3 << 20])]),
        registry.push(REPOSITORY, &[half, other_half]),
        registry.push(REPOSITORY, &many.collect::<Vec<_>>()),
    ];
    let mut refusals = Vec::new();
    for artifact in table {
        let (harness, _logins) = harness(&registry, limits);
        let refusal = send(&harness, &artifact).await.refusal();
        refusals.push(refusal.replace(artifact.digest().as_str(), "sha256:.."));
        assert!(harness.everything().await.is_empty());
    }
    expect![[r#"
        413 the bundle unpacks to more than 100 times its packed size (bundles.max_compression), which manifests do not; pack manifests only
        413 the bundle's entry `m/dev/zeros.yaml` makes the bundle larger than 1048576 bytes (bundles.max_bytes); leave out what no environment needs
        413 the bundle unpacks to more than 1048576 bytes (bundles.max_bytes); leave out what no environment needs
        413 the bundle unpacks to more than 1048576 bytes (bundles.max_bytes); leave out what no environment needs
        422 the artifact registry.example/game-manifests@sha256:.. has 600 layers; push the folder as one gzipped tar (`oras push REPOSITORY:TAG manifests/`), or YAML files only"#]].assert_eq(&refusals.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_host_that_keeps_blobs_cannot_ask_for_the_login_of_the_registry() {
    let registry = FakeRegistry::new();
    let artifact = pushed(&registry);
    registry.mood(BLOBS, Mood::Moved("https://storage.example/blob".to_owned()));
    registry.access("storage.example", Access::Token("https://evil.example/token".to_owned()));
    let (harness, _logins) = harness(&registry, BundleLimits::RECORDED);
    assert_eq!(send(&harness, &artifact).await.status, 422);
    registry.access("storage.example", Access::Password);
    assert_eq!(send(&harness, &artifact).await.status, 422);
    let asked = registry.asked();
    assert!(asked.contains("https://storage.example/blob nobody"), "{asked}");
    assert!(!asked.contains("evil.example") && !asked.contains("Basic"), "{asked}");
}
