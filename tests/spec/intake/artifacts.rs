//! Manifests that a request names in a registry: which artifacts are taken, who is asked for them, and
//! when nobody is.

use std::{fs, sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use boathook::{
    bundles::{AcceptedManifests, BundleLimits, pack},
    config::Pattern,
    intake::Admission,
};
use boathook_core::deployment::{ArtifactRef, RequestedManifests};
use boathook_testing::{
    delivery::{Answer, Delivery, body_with},
    fake_registry::{Access, FLUX_LAYER, FakeRegistry, Mood, OCI_FILE, OCI_LAYER, USER},
    harness::{Harness, SHARED},
    samples::bundle,
};
use expect_test::expect;
use serde_json::{Value, json};

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n";
const REPOSITORY: &str = "registry.example/game-manifests";

fn taking(registry: &Arc<FakeRegistry>) -> impl FnOnce(&mut Admission) + use<> {
    let artifacts = registry.artifacts(None);
    move |admission| {
        admission.artifacts = artifacts;
        for policy in &mut admission.policies {
            policy.config.allow.manifests = AcceptedManifests::Both;
            policy.config.allow.manifest_images =
                vec![Pattern::parse("registry.example/*").unwrap()];
        }
    }
}

fn naming(artifact: &ArtifactRef) -> Value {
    json!({"manifests": {"image": artifact.to_string()}})
}

fn delivery(artifact: &ArtifactRef) -> Delivery {
    Delivery::of(&body_with(naming(artifact)))
}

async fn send(harness: &Harness, artifact: &ArtifactRef) -> Answer {
    harness.send(delivery(artifact)).await
}

async fn requested(harness: &Harness) -> Option<RequestedManifests> {
    let newest = harness.newest().await;
    harness
        .journal
        .deployment(&newest.id)
        .await
        .unwrap()
        .unwrap()
        .acceptance
        .request
        .manifests
        .clone()
}

#[tokio::test(start_paused = true)]
async fn a_folder_is_the_same_bundle_however_it_was_pushed() {
    let sent = bundle(&[("dev/settings.yaml", CONFIG), ("base/more.yaml", CONFIG)]);
    let registry = FakeRegistry::new();
    let packed = pack(&sent).unwrap();
    let title = |name: &str| json!({"org.opencontainers.image.title": name});
    let below =
        bundle(&[("manifests/dev/settings.yaml", CONFIG), ("manifests/base/more.yaml", CONFIG)]);
    let pushed = [
        registry.push_folder(REPOSITORY, "deploy/manifests", &sent),
        // As oras-py does, which says nothing of unpacking.
        registry.push(REPOSITORY, &[(OCI_LAYER, title("manifests"), pack(&below).unwrap())]),
        registry.push(REPOSITORY, &[(FLUX_LAYER, Value::Null, packed.clone())]),
        registry.push(REPOSITORY, &[(OCI_LAYER, json!({}), packed.clone())]),
        registry.push(REPOSITORY, &[(OCI_FILE, title("manifests.tar.gz"), packed)]),
        registry.push(
            REPOSITORY,
            &[
                (OCI_FILE, title("dev/settings.yaml"), CONFIG.into()),
                ("application/yaml", title("base/more.yaml"), CONFIG.into()),
            ],
        ),
    ];
    for artifact in pushed {
        let harness = Harness::with(taking(&registry));
        harness.accept(delivery(&artifact)).await;
        let named = RequestedManifests::Artifact { artifact, bundle: sent.digest() };
        assert_eq!(requested(&harness).await, Some(named));
        let kept = harness.journal.bundle(&sent.digest()).await.unwrap().unwrap();
        assert_eq!(kept.packed, Some(pack(&sent).unwrap()));
    }
}

#[tokio::test(start_paused = true)]
async fn one_file_of_yaml_is_the_same_bundle_as_its_text_in_a_request() {
    let registry = FakeRegistry::new();
    let flux = "application/vnd.cncf.flux.content.v1.yaml";
    let title = json!({"org.opencontainers.image.title": "game.yaml"});
    let pushed = [
        registry.push(REPOSITORY, &[(OCI_FILE, title, CONFIG.into())]),
        registry.push(REPOSITORY, &[(flux, Value::Null, CONFIG.into())]),
    ];
    for artifact in pushed {
        let harness = Harness::with(taking(&registry));
        harness.accept(delivery(&artifact)).await;
        let text = Delivery::of(&body_with(json!({"manifests": CONFIG})));
        assert_eq!(harness.send(text).await.status, 200, "it repeats the one before");
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeat_needs_no_registry_and_how_the_files_came_does_not_count() {
    let sent = bundle(&[("dev/settings.yaml", CONFIG)]);
    let registry = FakeRegistry::new();
    let artifact = registry.push_folder(REPOSITORY, "manifests", &sent);
    let again = registry.push_folder(REPOSITORY, "folder", &sent);
    let other = registry.push_folder(REPOSITORY, "manifests", &bundle(&[("dev/a.yaml", CONFIG)]));
    let harness = Harness::with(taking(&registry));
    harness.accept(delivery(&artifact)).await;
    registry.asked();
    registry.mood("https://", Mood::Away);
    assert_eq!(send(&harness, &artifact).await.status, 200);
    assert_eq!(registry.asked(), "");
    let in_body = json!({"manifests": STANDARD.encode(pack(&sent).unwrap())});
    assert_eq!(harness.send(Delivery::of(&body_with(in_body))).await.status, 200);
    // Whether it is a repeat, only the registry knows.
    assert_eq!(send(&harness, &again).await.status, 503);
    registry.recover();
    assert_eq!(send(&harness, &again).await.status, 200);
    assert_eq!(send(&harness, &other).await.status, 409);
    assert_eq!(harness.everything().await.len(), 1);
    // Nor does it need what its environment allows now.
    let harness = harness.changed(|_| {});
    assert_eq!(send(&harness, &artifact).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn no_registry_is_asked_for_what_is_refused_anyhow() {
    let registry = FakeRegistry::new();
    let artifact = registry.push_folder(REPOSITORY, "m", &bundle(&[("dev/a.yaml", CONFIG)]));
    let elsewhere = ArtifactRef::parse(&format!("evil.example/m@{}", artifact.digest())).unwrap();
    let harness = Harness::with(taking(&registry));
    let with = |fields: Value| {
        let mut body = body_with(naming(&artifact));
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        Delivery::of(&body)
    };
    let mut refusals = vec![
        harness.send(delivery(&artifact).signed_by(SHARED)).await.refusal(),
        send(&harness, &elsewhere).await.refusal(),
        harness.send(with(json!({"timestamp": "2026-08-01T09:00:00Z"}))).await.refusal(),
        harness.send(with(json!({"image": "registry.example/other:1"}))).await.refusal(),
        harness
            .send(with(json!({"manifests": {"image": format!("{REPOSITORY}:1")}})))
            .await
            .refusal(),
    ];
    let node = Harness::with(|admission| {
        taking(&registry)(admission);
        admission
            .policies
            .iter_mut()
            .for_each(|it| it.config.allow.manifests = AcceptedManifests::Node);
    });
    refusals.push(send(&node, &artifact).await.refusal());
    let frozen = Harness::with(|admission| {
        taking(&registry)(admission);
        admission.policies.iter_mut().for_each(|it| it.config.frozen = Some("holidays".to_owned()));
    });
    refusals.push(send(&frozen, &artifact).await.refusal());
    expect![[r#"
        401 Invalid signature
        403 development does not accept this deployment: manifests `evil.example/m` match no pattern of `allow.manifest_images`
        409 `timestamp` is 1h behind this machine's clock, and 5m is allowed; send the current time, or set the clocks
        403 development does not accept this deployment: image `registry.example/other` matches no pattern of `allow.images`
        422 `manifests.image`: `registry.example/game-manifests:1` names no digest, and what a tag names can change; name the artifact as REPOSITORY@sha256:..., which `oras push` and `flux push artifact` print
        403 development does not accept this deployment: it takes manifests from the node alone; leave `manifests` out, or ask its operator for `allow.manifests: both`
        423 development is frozen: holidays; send it again when it is not"#]].assert_eq(&refusals.join("\n"));
    assert_eq!(registry.asked(), "");
}

#[tokio::test(start_paused = true)]
async fn what_is_fetched_is_judged_like_what_is_sent() {
    let registry = FakeRegistry::new();
    let secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: password\nstringData:\n  password: hunter2hunter2\n";
    let artifact = registry.push_folder(REPOSITORY, "m", &bundle(&[("dev/password.yaml", secret)]));
    let harness = Harness::with(taking(&registry));
    let answer = send(&harness, &artifact).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("holds the values of a Secret"), "{}", answer.text);
    assert!(harness.everything().await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_fetches_and_records_nothing() {
    let sent = bundle(&[("dev/settings.yaml", CONFIG)]);
    let registry = FakeRegistry::new();
    let artifact = registry.push_folder(REPOSITORY, "manifests", &sent);
    let harness = Harness::with(taking(&registry));
    let mut body = body_with(naming(&artifact));
    body["dry_run"] = json!(true);
    assert_eq!(harness.send(Delivery::of(&body)).await.status, 200);
    assert!(harness.everything().await.is_empty());
    assert_eq!(harness.journal.bundle(&sent.digest()).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn registries_are_asked_with_the_login_of_the_node_where_they_want_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("registries.yaml");
    let registry = FakeRegistry::new();
    let artifact = registry.push_folder(REPOSITORY, "m", &bundle(&[("dev/a.yaml", CONFIG)]));
    let (user, password) = USER;
    let known = format!(
        "configs:\n  registry.example:\n    auth: {{username: {user}, password: {password}}}\n"
    );
    let encoded = STANDARD.encode(format!("{user}:{password}"));
    let by_auth = format!("configs:\n  registry.example: {{auth: {{auth: {encoded}}}}}\n");
    let wrong = "configs: {registry.example: {auth: {username: robot, password: another}}}\n";
    let realm = "https://login.example/token".to_owned();
    let table = [
        (Access::Anyone, ""),
        (Access::TokenForAnyone(realm.clone()), ""),
        (Access::TokenForAnyone(realm.clone()), known.as_str()),
        (Access::Token(realm.clone()), known.as_str()),
        (Access::Password, by_auth.as_str()),
        (Access::Password, ""),
        (Access::Password, wrong),
        (Access::Token(realm.clone()), ""),
        (Access::Token(realm), wrong),
    ];
    let mut seen = Vec::new();
    for (access, text) in table {
        fs::write(&file, text).unwrap();
        registry.access("registry.example", access);
        let harness = Harness::with(|admission| {
            taking(&registry)(admission);
            admission.artifacts = registry.artifacts(Some(&file));
        });
        let answer = send(&harness, &artifact).await;
        let said = if answer.status == 202 { "202".to_owned() } else { answer.refusal() };
        assert!(!said.contains("another") && !said.contains(password), "{said}");
        seen.push(format!("{said}\n{}\n", registry.asked()));
    }
    expect![[r#"
        202
        https://registry.example/v2/game-manifests/manifests/sha256:.. nobody
        https://registry.example/v2/game-manifests/blobs/sha256:.. nobody

        202
        https://registry.example/v2/game-manifests/manifests/sha256:.. nobody
        https://login.example/token?service=registry.example&scope=repository%3Agame-manifests%3Apull nobody
        https://registry.example/v2/game-manifests/manifests/sha256:.. Bearer
        https://registry.example/v2/game-manifests/blobs/sha256:.. Bearer

        202
        https://registry.example/v2/game-manifests/manifests/sha256:.. nobody
        https://login.example/token?service=registry.example&scope=repository%3Agame-manifests%3Apull Basic
        https://registry.example/v2/game-manifests/manifests/sha256:.. Bearer
        https://registry.example/v2/game-manifests/blobs/sha256:.. Bearer

        202
        https://registry.example/v2/game-manifests/manifests/sha256:.. nobody
        https://login.example/token?service=registry.example&scope=repository%3Agame-manifests%3Apull Basic
        https://registry.example/v2/game-manifests/manifests/sha256:.. Bearer
        https://registry.example/v2/game-manifests/blobs/sha256:.. Bearer

        202
        https://registry.example/v2/game-manifests/manifests/sha256:.. nobody
        https://registry.example/v2/game-manifests/manifests/sha256:.. Basic
        https://registry.example/v2/game-manifests/blobs/sha256:.. Basic

        422 the manifests registry.example/game-manifests@sha256:45f9e50e9f235e12c0ce2f7eb558167bf358a23a13dc41712c5efb973c339af6 could not be fetched: registry.example asks for a login, and the node's registries.yaml has none for it
        https://registry.example/v2/game-manifests/manifests/sha256:.. nobody

        422 the manifests registry.example/game-manifests@sha256:45f9e50e9f235e12c0ce2f7eb558167bf358a23a13dc41712c5efb973c339af6 could not be fetched: registry.example refuses the node's login, or lets it read nothing there
        https://registry.example/v2/game-manifests/manifests/sha256:.. nobody
        https://registry.example/v2/game-manifests/manifests/sha256:.. Basic

        422 the manifests registry.example/game-manifests@sha256:45f9e50e9f235e12c0ce2f7eb558167bf358a23a13dc41712c5efb973c339af6 could not be fetched: registry.example asks for a login, and the node's registries.yaml has none for it
        https://registry.example/v2/game-manifests/manifests/sha256:.. nobody
        https://login.example/token?service=registry.example&scope=repository%3Agame-manifests%3Apull nobody

        422 the manifests registry.example/game-manifests@sha256:45f9e50e9f235e12c0ce2f7eb558167bf358a23a13dc41712c5efb973c339af6 could not be fetched: registry.example refuses the node's login, or lets it read nothing there
        https://registry.example/v2/game-manifests/manifests/sha256:.. nobody
        https://login.example/token?service=registry.example&scope=repository%3Agame-manifests%3Apull Basic
    "#]].assert_eq(&seen.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn mirrors_are_asked_first_as_the_node_asks_them() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("registries.yaml");
    fs::write(
        &file,
        "mirrors:\n  registry.example:\n    endpoint: [\"https://mirror.example:5000\"]\n    rewrite: {\"^game-(.*)\": \"copies/$1\"}\n",
    )
    .unwrap();
    let registry = FakeRegistry::new();
    let sent = bundle(&[("dev/settings.yaml", CONFIG)]);
    let own = registry.push_folder(REPOSITORY, "manifests", &sent);
    let taking = || {
        let artifacts = registry.artifacts(Some(&file));
        let taking = taking(&registry);
        move |admission: &mut Admission| {
            taking(admission);
            admission.artifacts = artifacts;
        }
    };
    // The mirror lacks it.
    Harness::with(taking()).accept(delivery(&own)).await;
    let mut asked = vec![registry.asked()];
    registry.push_folder("mirror.example:5000/copies/manifests", "manifests", &sent);
    Harness::with(taking()).accept(delivery(&own)).await;
    asked.push(registry.asked());
    registry.mood("https://mirror.example", Mood::Away);
    Harness::with(taking()).accept(delivery(&own)).await;
    asked.push(registry.asked());
    registry.recover();
    // One that says nothing leaves time for the registry.
    registry.mood("https://mirror.example", Mood::Silent);
    Harness::with(taking()).accept(delivery(&own)).await;
    asked.push(registry.asked());
    registry.mood("https://mirror.example", Mood::Away);
    registry.mood("https://registry.example", Mood::Status(404));
    asked.push(send(&Harness::with(taking()), &own).await.refusal());
    expect![[r#"
        https://mirror.example:5000/v2/copies/manifests/manifests/sha256:..?ns=registry.example nobody
        https://registry.example/v2/game-manifests/manifests/sha256:.. nobody
        https://registry.example/v2/game-manifests/blobs/sha256:.. nobody

        https://mirror.example:5000/v2/copies/manifests/manifests/sha256:..?ns=registry.example nobody
        https://mirror.example:5000/v2/copies/manifests/blobs/sha256:..?ns=registry.example nobody

        https://mirror.example:5000/v2/copies/manifests/manifests/sha256:..?ns=registry.example nobody
        https://registry.example/v2/game-manifests/manifests/sha256:.. nobody
        https://registry.example/v2/game-manifests/blobs/sha256:.. nobody

        https://mirror.example:5000/v2/copies/manifests/manifests/sha256:..?ns=registry.example nobody
        https://registry.example/v2/game-manifests/manifests/sha256:.. nobody
        https://registry.example/v2/game-manifests/blobs/sha256:.. nobody

        503 the manifests registry.example/game-manifests@sha256:c23574e534bbad7e68da1cc894cdeb54e1c4826a2e98e1e799f256d7d04efb58 could not be fetched: mirror.example:5000 cannot be reached; registry.example has no such artifact"#]].assert_eq(&asked.join("\n\n"));
}

#[tokio::test(start_paused = true)]
async fn a_registry_without_tls_is_not_asked_with_tls_too_and_its_word_counts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("registries.yaml");
    let plain = "mirrors: {registry.example: {endpoint: [\"http://registry.example\"]}}\n";
    fs::write(&file, plain).unwrap();
    let registry = FakeRegistry::new();
    let sent = registry.push_folder(REPOSITORY, "manifests", &bundle(&[("dev/a.yaml", CONFIG)]));
    registry.mood("https://registry.example", Mood::Away);
    registry.mood("http://registry.example", Mood::Status(404));
    let artifacts = registry.artifacts(Some(&file));
    let taking = taking(&registry);
    let harness = Harness::with(move |admission| {
        taking(admission);
        admission.artifacts = artifacts;
    });
    expect!["422 the manifests registry.example/game-manifests@sha256:7d9cfc70c7d6688633a44b4771fda665cf3c4e8ef2b197452682e128150fca94 could not be fetched: registry.example has no such artifact"].assert_eq(&send(&harness, &sent).await.refusal());
}

#[tokio::test(start_paused = true)]
async fn a_file_of_registries_that_cannot_be_used_is_the_operators_and_nothing_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("registries.yaml");
    let registry = FakeRegistry::new();
    let artifact = registry.push_folder(REPOSITORY, "m", &bundle(&[("dev/a.yaml", CONFIG)]));
    let of_registry = |config: &str| format!("configs: {{registry.example: {config}}}\n");
    let table = [
        "configs: [password hunter2]\n".to_owned(),
        of_registry("{auth: {identity_token: hunter2}}"),
        of_registry("{auth: {auth: hunter2}}"),
        of_registry("{tls: {insecure_skip_verify: true}}"),
        of_registry("{tls: {cert_file: /a, key_file: /b}}"),
        of_registry("{tls: {ca_file: /nowhere/authority.pem}}"),
        "mirrors: {registry.example: {endpoint: [\"ftp://mirror.example\"]}}\n".to_owned(),
        "mirrors: {registry.example: {endpoint: [mirror.example], rewrite: {\"(\": x}}}\n"
            .to_owned(),
    ];
    let mut refusals = Vec::new();
    for text in table {
        fs::write(&file, text).unwrap();
        let harness = Harness::with(|admission| {
            taking(&registry)(admission);
            admission.artifacts = registry.artifacts(Some(&file));
        });
        let answer = send(&harness, &artifact).await;
        refusals.push(answer.refusal().replace(&folder.path().display().to_string(), "k3s"));
        assert!(harness.everything().await.is_empty());
    }
    expect![[r#"
        503 boathook cannot read the logins for registries in k3s/registries.yaml (it is no YAML as k3s takes it); its operator has to repair that (artifacts.registries)
        503 k3s/registries.yaml cannot be used: it has an `identity_token` for registry.example, with which boathook cannot log in; give it a username and a password
        503 k3s/registries.yaml cannot be used: the `auth` for registry.example is not the base64 of USER:PASSWORD
        503 k3s/registries.yaml cannot be used: it has `insecure_skip_verify` for registry.example, and boathook verifies certificates; name the authority in `ca_file`
        503 k3s/registries.yaml cannot be used: it has a client's certificate for registry.example, with which boathook cannot log in
        503 the manifests registry.example/game-manifests@sha256:45f9e50e9f235e12c0ce2f7eb558167bf358a23a13dc41712c5efb973c339af6 could not be fetched: registry.example has a certificate of an authority in /nowhere/authority.pem, which cannot be read (No such file or directory (os error 2))
        503 k3s/registries.yaml cannot be used: the endpoint `ftp://mirror.example` is not an address of a registry
        503 k3s/registries.yaml cannot be used: the rewrite `(` is not a regular expression that boathook can read"#]].assert_eq(&refusals.join("\n"));
    assert_eq!(registry.asked(), "");
}

#[tokio::test(start_paused = true)]
async fn a_repeat_is_a_repeat_after_the_limits_were_lowered() {
    let sent = bundle(&[("dev/settings.yaml", CONFIG), ("dev/more.yaml", CONFIG)]);
    let registry = FakeRegistry::new();
    let artifact = registry.push_folder(REPOSITORY, "manifests", &sent);
    let packed = || json!({"manifests": STANDARD.encode(pack(&sent).unwrap())});
    let harness = Harness::with(taking(&registry));
    harness.accept(Delivery::of(&body_with(packed()))).await;
    let harness = harness.changed(|admission| {
        taking(&registry)(admission);
        admission.bundles = BundleLimits { max_entries: 1, ..BundleLimits::RECORDED };
    });
    assert_eq!(harness.send(Delivery::of(&body_with(packed()))).await.status, 200);
    // A deployment of its own is under the limits of today, and so is another request of that name.
    let mut new = body_with(packed());
    new["deployment_id"] = json!("102-1");
    assert_eq!(harness.send(Delivery::of(&new)).await.status, 413);
    assert_eq!(send(&harness, &artifact).await.status, 413);
    let large = bundle(&[("dev/a.yaml", CONFIG), ("dev/b.yaml", CONFIG)]);
    let other = json!({"manifests": STANDARD.encode(pack(&large).unwrap())});
    assert_eq!(harness.send(Delivery::of(&body_with(other))).await.status, 413);
    assert_eq!(harness.everything().await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn four_are_fetched_at_once_and_the_others_wait_within_their_time() {
    let registry = FakeRegistry::new();
    let artifact = registry.push_folder(REPOSITORY, "m", &bundle(&[("dev/a.yaml", CONFIG)]));
    registry.mood("https://", Mood::Silent);
    let harness = Harness::with(taking(&registry));
    let all = futures_util::future::join_all((0..6).map(|_| send(&harness, &artifact)));
    let watching = async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        registry.asked()
    };
    let (answers, asked) = tokio::join!(all, watching);
    assert_eq!(asked.lines().count(), 4, "{asked}");
    assert!(answers.iter().all(|answer| answer.status == 503));
}
