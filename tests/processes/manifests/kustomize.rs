//! Folders with a kustomization: built by the real `kubectl kustomize`, and treated like any
//! folder.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use boathook::{
    bundles::{AcceptedManifests, BundlePolicy, KindName},
    plan::Settings,
};
use boathook_core::record::{CommandEvent, Event, Outcome};
use boathook_process::{Captured, Command, Exit, Finished, RunError, Runner};
use boathook_sandbox::{Caller, Kind, harness::kubectls};
use boathook_testing::{
    rollout_harness::{Harness, RolloutResult, manifest, request, settings},
    samples::bundle,
};
use expect_test::expect;
use futures_util::{FutureExt, future::BoxFuture};
use tokio::sync::mpsc;

use crate::manifests::as_kubectl::oracle::run;

/// The real kubectl for kustomize, which needs no cluster, and the simulated programs for
/// everything else.
struct RealKustomize {
    others: Arc<dyn Runner>,
    end: Option<Exit>,
    /// How many times it ends so, before it runs.
    times: usize,
    ran: Arc<Mutex<Vec<Command>>>,
}

impl Runner for RealKustomize {
    fn run(
        &self,
        command: Command,
        lines: Option<mpsc::Sender<String>>,
    ) -> BoxFuture<'_, Result<Finished, RunError>> {
        if command.argv[1] != "kustomize" {
            return self.others.run(command, lines);
        }
        let before = {
            let mut ran = self.ran.lock().unwrap();
            ran.push(command.clone());
            ran.len() - 1
        };
        let captured = |bytes| Captured { bytes, cut: 0 };
        let finished = match self.end.filter(|_| before < self.times) {
            Some(exit) => Finished {
                exit,
                stdout: captured(Vec::new()),
                stderr: captured(Vec::new()),
                duration: command.timeout,
            },
            None => {
                let words: Vec<&str> = command.argv[1..].iter().map(String::as_str).collect();
                let output = run(&kubectls()[0], &words, Path::new("/"));
                let exit = Exit::Code(output.status.code().unwrap());
                Finished {
                    exit,
                    stdout: captured(output.stdout),
                    stderr: captured(output.stderr),
                    duration: Duration::ZERO,
                }
            }
        };
        std::future::ready(Ok(finished)).boxed()
    }
}

/// A harness whose folder has these files only, and the kustomizations that were run in it.
fn harness(
    settings: Settings,
    files: &[(&str, &str)],
    end: Option<Exit>,
) -> (Harness, Arc<Mutex<Vec<Command>>>) {
    harness_where(settings, files, end, usize::MAX)
}

/// The same, where kustomize ends so a few times, and then runs.
fn harness_where(
    settings: Settings,
    files: &[(&str, &str)],
    end: Option<Exit>,
    times: usize,
) -> (Harness, Arc<Mutex<Vec<Command>>>) {
    let mut harness = Harness::with(settings);
    fs::remove_dir_all(harness.directory()).unwrap();
    for (name, text) in files {
        let path = harness.directory().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let ran = Arc::new(Mutex::new(Vec::new()));
    harness.engine.runner = Arc::new(RealKustomize {
        others: Arc::clone(&harness.engine.runner),
        end,
        times,
        ran: Arc::clone(&ran),
    });
    (harness, ran)
}

fn service() -> String {
    manifest("hi").replace("  namespace: game\n", "")
}

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: game}\n";
const OVERLAY: &str = "namespace: game\nresources: [../base]\n\
                       generatorOptions: {disableNameSuffixHash: true}\n\
                       secretGenerator: [{name: game, literals: [TOKEN=in-a-literal-31], files: \
                       [tls.key=key], envs: [secret.env]}]\npatches:\n\
                       - target: {kind: Service}\n  patch: |\n    - {op: replace, path: \
                       /spec/template/spec/containers/0/env/0/value, value: patched}\n";
const SECRETS: [&str; 3] = ["in-a-literal-31", "in-a-file-32", "in-an-env-file-33"];

/// What the template of the applied service has as greeting, and what was recorded of the
/// kustomization.
fn assert_deployed(harness: &Harness, result: &RolloutResult) {
    result.assert_end(Outcome::Succeeded);
    let service =
        harness.cluster.get(&Caller::admin(), Kind::Service, Some("game"), "game").unwrap();
    assert_eq!(
        service["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"], "patched",
        "{service:#}"
    );
    assert_eq!(
        harness.cluster.get(&Caller::admin(), Kind::Secret, Some("game"), "game").unwrap()["data"]
            ["TOKEN"],
        "aW4tYS1saXRlcmFsLTMx"
    );
}

#[tokio::test(start_paused = true)]
async fn a_folder_with_a_kustomization_is_built_and_deployed_with_its_subfolders() {
    for name in ["kustomization.yaml", "kustomization.yml", "Kustomization"] {
        let overlay = OVERLAY.replace("../base", "base");
        let files = [
            (name, overlay.as_str()),
            ("key", "in-a-file-32"),
            ("secret.env", "A=in-an-env-file-33\n"),
            ("base/kustomization.yaml", "resources: [namespace.yaml, service.yaml]\n"),
            ("base/namespace.yaml", NAMESPACE),
            ("base/service.yaml", &service()),
        ];
        let (harness, ran) = harness(settings(), &files, None);
        let result = harness.deploy("1").await;
        assert_deployed(&harness, &result);
        assert_eq!(ran.lock().unwrap()[0].timeout, Duration::from_secs(30));
        let program = format!("kubectl kustomize {}", harness.directory().display());
        assert_eq!(result.changes()[0], program, "{}", result.timeline());
        let records = serde_json::to_string(&result.records).unwrap();
        for secret in SECRETS {
            assert!(!records.contains(secret), "{secret} is in the record");
            assert_eq!(harness.engine.redactor.text(secret), "[redacted]");
        }
        let ends = result.records.iter().find_map(|record| match &record.event {
            Event::Command(CommandEvent::CommandEnded { stdout, .. }) => Some(stdout.clone()),
            _ => None,
        });
        assert!(
            ends.as_ref()
                .is_some_and(|stdout| stdout.starts_with('[') && stdout.ends_with(" bytes]")),
            "{ends:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_from_elsewhere_is_refused_before_anything_runs_unless_config_allows_it() {
    let elsewhere = [
        "resources: ['https://example.com/base.yaml']\n",
        "resources: ['github.com/acme/bases//web?ref=v1']\n",
        "resources: ['git@github.com:acme/bases.git']\n",
        "resources: ['ssh://git@example.com/acme/bases']\n",
        "resources: ['git::https://example.com/acme/bases']\n",
        "bases: ['example.com/acme/bases']\n",
        "components: ['http://example.com/x']\n",
        "resources: [service.yaml]\npatches: [{path: 'https://example.com/patch.yaml', target: \
         {kind: Service}}]\n",
        "resources: [service.yaml]\nconfigMapGenerator: [{name: a, files: \
         ['a=https://example.com/a']}]\n",
        "resources: [service.yaml]\npatchesStrategicMerge: ['https://example.com/patch.yaml']\n",
        "resources: [service.yaml]\nopenapi: {path: 'https://example.com/openapi.json'}\n",
        "resources: [service.yaml]\ngenerators:\n\
         - |\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n  metadata: {name: a}\n  files: \
         ['a=https://example.com/a']\n",
        "resources: [service.yaml]\ngenerators: [generator.yaml]\n",
        "resources: [base]\n",
        "Resources: ['http://127.0.0.1:1/base.yaml']\n",
        "re\u{17f}ources: ['http://127.0.0.1:1/base.yaml']\n",
        "resources: [service.yaml]\nconfigMapGenerator: [{name: a, FILES: \
         ['a=http://127.0.0.1:1/a']}]\n",
        "resources: [\"http://127.0.0.1:1/base.yaml\\n\"]\n",
        "resources: [service.yaml]\ngenerators: [generators]\n",
    ];
    for kustomization in elsewhere {
        let files = [
            ("kustomization.yaml", kustomization),
            ("service.yaml", &service()),
            (
                "generator.yaml",
                "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: a}\n\
                 files: ['a=https://example.com/a']\n",
            ),
            ("generators/kustomization.yaml", "resources: [generator.yaml]\n"),
            (
                "generators/generator.yaml",
                "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: a}\n\
                 files: ['a=http://127.0.0.1:1/a']\n",
            ),
            ("base/kustomization.yaml", "resources: [deeper]\n"),
            ("base/deeper/kustomization.yaml", "resources: ['https://example.com/deep.yaml']\n"),
        ];
        let (refusing, ran) = harness(settings(), &files, None);
        let result = refusing.deploy("1").await;
        assert_eq!(result.end(), Outcome::Failed, "{kustomization}: {}", result.timeline());
        assert!(
            result.reason().contains(
                "and kustomize would fetch it; take it into the folder, or set allow.remote_bases: \
                 true"
            ),
            "{}",
            result.reason()
        );
        assert!(ran.lock().unwrap().is_empty(), "{kustomization}");
        let (allowing, ran) =
            harness(Settings { remote_bases: true, ..settings() }, &files, Some(Exit::Code(1)));
        allowing.deploy("1").await;
        assert!(!ran.lock().unwrap().is_empty(), "{kustomization} was not tried");
    }
}

#[tokio::test(start_paused = true)]
async fn what_boathook_cannot_read_whole_is_refused_before_anything_runs_unless_config_allows_what_it_may_fetch()
 {
    const REMOTE: &str = "resources: ['http://127.0.0.1:1/base.yaml']\n";
    let padded = format!("{REMOTE}{}", "# nothing\n".repeat(110_000));
    let ended = format!("{REMOTE}...\nmore\n");
    let generator = format!(
        "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {{name: a}}\n{}",
        "# nothing\n".repeat(110_000)
    );
    let written_out = "generators:\n- |\n  kind: ConfigMapGenerator\n  files: \
                       ['a=http://127.0.0.1:1/a']\n  ...\n  more\n";
    let unreadable: [&[(&str, &str)]; 6] = [
        &[("kustomization.yaml", &padded)],
        &[("kustomization.yaml", &ended)],
        &[("kustomization.yaml", "resources: [base]\n"), ("base/kustomization.yaml", &padded)],
        &[
            ("kustomization.yaml", "resources: [base]\n"),
            ("base/kustomization.yaml", "resources: [deep]\n"),
            ("base/deep/Kustomization", &ended),
        ],
        &[("kustomization.yaml", "generators: [generator.yaml]\n"), ("generator.yaml", &generator)],
        &[("kustomization.yaml", written_out)],
    ];
    let mut reasons = Vec::new();
    for files in unreadable {
        let (refusing, ran) = harness(settings(), files, None);
        let result = refusing.deploy("1").await;
        result.assert_end(Outcome::Failed);
        assert!(ran.lock().unwrap().is_empty(), "{}", result.timeline());
        reasons.push(result.reason().replace(refusing.directory().to_str().unwrap(), "DIR"));
        let (allowing, ran) =
            harness(Settings { remote_bases: true, ..settings() }, files, Some(Exit::Code(1)));
        allowing.deploy("1").await;
        assert!(!ran.lock().unwrap().is_empty(), "{} was not tried", files[0].1.len());
    }
    expect![[r#"
        DIR/kustomization.yaml is not deployable: it is larger than 1 MiB, so boathook cannot tell whether kustomize would fetch anything for it; shorten or correct it, or set allow.remote_bases: true; the service was not changed
        DIR/kustomization.yaml is not deployable: it does not parse (line 2, column 4: the document ends here, and kubectl reads nothing after it; begin the next one with a line `---`), so boathook cannot tell whether kustomize would fetch anything for it; shorten or correct it, or set allow.remote_bases: true; the service was not changed
        DIR/base/kustomization.yaml is not deployable: it is larger than 1 MiB, so boathook cannot tell whether kustomize would fetch anything for it; shorten or correct it, or set allow.remote_bases: true; the service was not changed
        DIR/base/deep/Kustomization is not deployable: it does not parse (line 2, column 4: the document ends here, and kubectl reads nothing after it; begin the next one with a line `---`), so boathook cannot tell whether kustomize would fetch anything for it; shorten or correct it, or set allow.remote_bases: true; the service was not changed
        DIR/generator.yaml is not deployable: it is larger than 1 MiB, so boathook cannot tell whether kustomize would fetch anything for it; shorten or correct it, or set allow.remote_bases: true; the service was not changed
        DIR/kustomization.yaml is not deployable: it holds what does not parse (line 3, column 4: the document ends here, and kubectl reads nothing after it; begin the next one with a line `---`), so boathook cannot tell whether kustomize would fetch anything for it; shorten or correct it, or set allow.remote_bases: true; the service was not changed"#]]
    .assert_eq(&reasons.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn the_secrets_of_a_kustomization_that_is_refused_are_known() {
    let files = [
        (
            "kustomization.yaml",
            "resources: [base]\nsecretGenerator: [{name: game, literals: \
             [TOKEN=in-a-literal-31]}]\n",
        ),
        ("base/kustomization.yaml", "resources: [\n"),
    ];
    let (harness, _) = harness(settings(), &files, None);
    assert_eq!(harness.deploy("1").await.end(), Outcome::Failed);
    assert_eq!(harness.engine.redactor.text("in-a-literal-31"), "[redacted]");
}

#[tokio::test(start_paused = true)]
async fn the_secrets_in_patches_and_in_generators_written_out_are_known_before_kustomize_runs() {
    let merged = "apiVersion: v1\nkind: Secret\nmetadata: {name: game}\n\
                  stringData: {TOKEN: in-a-merge-patch-41}\n";
    let operations =
        |key: &str, value: &str| format!("- op: add\n  path: {key}\n  value: {value}\n");
    let indented = |text: &str, by: usize| {
        text.lines().map(|line| format!("{}{line}\n", " ".repeat(by))).collect::<String>()
    };
    let kustomization = format!(
        "resources: [base]\npatches:\n- patch: |-\n{}- target: {{kind: Secret}}\n  patch: |-\n\
         {}- target: {{kind: Secret|Other}}\n  patch: '[{{\"op\": \"replace\", \"path\": \
         \"/data\", \"value\": {{\"A\": \"aW4tYS1qc29uLXBhdGNoLTQz\"}}}}]'\n\
         - target: {{kind: ConfigMap}}\n  patch: |-\n\
         {}- target: {{kind: Secret}}\n  path: operations.yaml\npatchesStrategicMerge:\n- |-\n\
         {}- '{{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {{\"name\": \
         \"game\"}}, \"stringData\": {{\"A\": \"in-one-line-49\"}}}}'\npatchesJson6902:\n\
         - target: {{version: v1, kind: Secret, name: game}}\n  patch: |-\n{}generators:\n\
         - |-\n  apiVersion: builtin\n  kind: SecretGenerator\n  metadata: {{name: b}}\n  \
         literals: [TOKEN=in-a-written-generator-47]\ntransformers:\n\
         - |-\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {{name: c}}\n  target: \
         {{kind: Secret}}\n  patch: |-\n{}",
        indented(merged, 4),
        indented(&operations("/stringData/PASS~1WORD", "in-a-json-patch-42"), 4),
        indented(&operations("/data/greeting", "of-a-config-map-00"), 4),
        indented(&merged.replace("merge-patch-41", "list-of-merges-45"), 2),
        indented(&operations("/stringData/A", "in-a-json-6902-patch-46"), 4),
        indented(&operations("/stringData/A", "in-a-transformer-48"), 4),
    );
    let file = operations("/stringData/A", "in-a-file-of-operations-44");
    let files = [
        ("kustomization.yaml", kustomization.as_str()),
        ("operations.yaml", &file),
        ("base/kustomization.yaml", "resources: [\n"),
    ];
    let (harness, ran) = harness(settings(), &files, None);
    assert_eq!(harness.deploy("1").await.end(), Outcome::Failed);
    assert!(ran.lock().unwrap().is_empty(), "kustomize ran");
    for secret in [
        "in-a-merge-patch-41",
        "in-a-json-patch-42",
        "in-a-json-patch-43",
        "in-a-file-of-operations-44",
        "in-a-list-of-merges-45",
        "in-a-json-6902-patch-46",
        "in-a-written-generator-47",
        "in-a-transformer-48",
        "in-one-line-49",
    ] {
        assert_eq!(harness.engine.redactor.text(secret), "[redacted]", "{secret}");
    }
    assert_eq!(harness.engine.redactor.text("of-a-config-map-00"), "of-a-config-map-00");
}

#[tokio::test(start_paused = true)]
async fn plain_names_that_appear_in_the_clear_and_common_words_stay_readable_with_kustomize_too() {
    let overlay = OVERLAY.replace("../base", "namespace.yaml, service.yaml").replace(
        "[TOKEN=in-a-literal-31]",
        "[TOKEN=in-a-literal-31, APP_ENV=development, IMAGE=user-container, \
         PASSPHRASE=correcthorsebattery]",
    );
    let files = [
        ("kustomization.yaml", overlay.as_str()),
        ("key", "in-a-file-32"),
        ("secret.env", "CONTAINER=user-container\n"),
        ("namespace.yaml", NAMESPACE),
        (
            "service.yaml",
            &service().replace("- image:", "- name: user-container\n          image:"),
        ),
    ];
    let (harness, _) = harness(settings(), &files, None);
    let result = harness.deploy("1").await;
    assert_deployed(&harness, &result);
    let text = harness
        .engine
        .redactor
        .text("user-container of development: correcthorsebattery")
        .into_owned();
    assert_eq!(text, "user-container of development: [redacted]");
}

#[tokio::test(start_paused = true)]
async fn a_kustomization_that_hung_is_built_again_while_there_is_time() {
    let files = [
        ("kustomization.yaml", "namespace: game\nresources: [namespace.yaml, service.yaml]\n"),
        ("namespace.yaml", NAMESPACE),
        ("service.yaml", &service()),
    ];
    let (harness, ran) = harness_where(settings(), &files, Some(Exit::TimedOut), 2);
    let result = harness.deploy("1").await;
    assert_eq!(
        (result.end(), ran.lock().unwrap().len()),
        (Outcome::Succeeded, 3),
        "{}",
        result.timeline()
    );
}

#[tokio::test(start_paused = true)]
async fn bases_beside_the_folder_and_texts_that_only_look_like_urls_are_no_reason_to_refuse() {
    let overlay = format!(
        "{OVERLAY}- target: {{kind: Service}}\n  patch: |\n    - {{op: add, path: \
         /metadata/annotations, value: {{docs: 'https://example.com'}}}}\n\
         commonAnnotations: {{home: 'https://example.com'}}\n"
    );
    let files = [
        ("kustomization.yaml", overlay.as_str()),
        ("key", "in-a-file-32"),
        ("secret.env", "A=in-an-env-file-33\n"),
        ("../base/kustomization.yaml", "resources: [namespace.yaml, service.yaml]\n"),
        ("../base/namespace.yaml", NAMESPACE),
        ("../base/service.yaml", &service()),
    ];
    let (harness, _) = harness(settings(), &files, None);
    let result = harness.deploy("1").await;
    assert_deployed(&harness, &result);
}

#[tokio::test(start_paused = true)]
async fn a_kustomization_that_hangs_or_does_not_build_is_reported_and_changes_nothing() {
    let reason = async |kustomization: &str, end| {
        let (harness, _) = harness(
            settings(),
            &[("kustomization.yaml", kustomization), ("a.yaml", "kind: [")],
            end,
        );
        let result = harness.deploy("1").await;
        result.assert_end(Outcome::Failed);
        assert!(
            result.changes().iter().all(|line| line.contains("kustomize")),
            "{}",
            result.timeline()
        );
        result.reason().replace(harness.directory().to_str().unwrap(), "manifests/staging")
    };
    let hangs = reason("resources: []\n", Some(Exit::TimedOut)).await;
    expect![
        "kustomize did not build manifests/staging: `kubectl kustomize manifests/staging` failed \
         (ended at its deadline after 30000 ms): it said nothing on stderr; the service was not \
         changed"
    ]
    .assert_eq(&hangs);
    let broken = reason("resources: [a.yaml]\n", None).await;
    assert!(
        broken.starts_with(
            "kustomize did not build manifests/staging: `kubectl kustomize manifests/staging` \
             failed (exit code 1 after 0 ms): "
        ),
        "{broken}"
    );
    assert!(broken.contains("a.yaml"), "{broken}");
}

/// What came of a bundle with these files, and how many times kustomize ran.
async fn with_bundle(settings: Settings, files: &[(&str, &str)]) -> (RolloutResult, String, usize) {
    let (harness, ran) = harness(settings, &[("game.yaml", &manifest("hi"))], None);
    let namespace =
        serde_json::json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "game"}});
    let options = boathook_sandbox::WriteOptions::default();
    harness.cluster.create(&Caller::admin(), Kind::Namespace, None, namespace, &options).unwrap();
    let result = harness.deploy_bundle(request("1", "1"), &bundle(files)).await;
    let service = harness.cluster.get(&Caller::admin(), Kind::Service, Some("game"), "game");
    let greeting = service.ok().map(|service| {
        service["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"].to_string()
    });
    let runs = ran.lock().unwrap().len();
    (result, greeting.unwrap_or_default(), runs)
}

#[tokio::test(start_paused = true)]
async fn a_kustomization_of_a_bundle_stays_inside_it_fetches_nothing_and_has_a_limit() {
    let taking = || {
        let kinds = ["Service.serving.knative.dev", "ConfigMap"];
        let bundles = BundlePolicy {
            manifests: AcceptedManifests::Both,
            kinds: kinds.iter().map(|kind| KindName::parse(kind).unwrap()).collect(),
            ..BundlePolicy::default()
        };
        // The node's folder may fetch; a bundle never does.
        Settings { bundles, remote_bases: true, ..settings() }
    };
    let base = [
        ("base/game.yaml", service()),
        ("base/kustomization.yaml", "resources: [game.yaml]\n".to_owned()),
    ];
    let patch = "resources: [../base]\nnamespace: game\nconfigMapGenerator: [{name: game, literals: [a=1]}]\npatches:\n- target: {kind: Service}\n  patch: |\n    - {op: replace, path: /spec/template/spec/containers/0/env/0/value, value: patched}\n";
    let mut inside: Vec<(&str, &str)> =
        base.iter().map(|(path, text)| (*path, text.as_str())).collect();
    inside.push(("staging/kustomization.yaml", patch));
    let (result, greeting, runs) = with_bundle(taking(), &inside).await;
    result.assert_end(Outcome::Succeeded);
    assert_eq!((greeting.as_str(), runs), ("\"patched\"", 1));

    let mut levels = vec![
        (
            "l0/settings.yaml".to_owned(),
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n".to_owned(),
        ),
        ("l0/kustomization.yaml".to_owned(), "resources: [settings.yaml]\n".to_owned()),
    ];
    for level in 1..=12 {
        for half in ["a", "b"] {
            let below = if level == 1 {
                "[../l0]".to_owned()
            } else {
                format!("[../l{0}a, ../l{0}b]", level - 1)
            };
            levels.push((
                format!("l{level}{half}/kustomization.yaml"),
                format!("namePrefix: {half}\nresources: {below}\n"),
            ));
        }
    }
    levels.push((
        "staging/kustomization.yaml".to_owned(),
        "resources: [../l12a, ../l12b]\n".to_owned(),
    ));
    let doubling: Vec<(&str, &str)> =
        levels.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let one = |text: &'static str| vec![("staging/kustomization.yaml", text)];
    let table = [
        one("resources: [../..]\n"),
        one("resources: [/etc]\n"),
        one("configMapGenerator: [{name: a, files: [../../../../../../etc/hostname]}]\n"),
        one("resources: [\"https://example.com/base.yaml\"]\n"),
        one("resources: [github.com/acme/base]\n"),
        one("resources: [a.yaml\n"),
        one("resources: [../staging]\n"),
        doubling,
    ];
    let mut reasons = Vec::new();
    for files in table {
        let (result, _, runs) = with_bundle(taking(), &files).await;
        result.assert_end(Outcome::Failed);
        assert_eq!(runs, 0, "{}", result.reason());
        reasons.push(result.reason().to_owned());
    }
    expect![[r#"
        staging/kustomization.yaml is not deployable: `../..` lies outside the bundle; take it into the bundle, beside the folders of the environments; the service was not changed
        staging/kustomization.yaml is not deployable: `/etc` lies outside the bundle; take it into the bundle, beside the folders of the environments; the service was not changed
        staging/kustomization.yaml is not deployable: `../../../../../../etc/hostname` lies outside the bundle; take it into the bundle, beside the folders of the environments; the service was not changed
        staging/kustomization.yaml is not deployable: `https://example.com/base.yaml` is no file or folder beside it, and kustomize would fetch it; take it into the folder; the service was not changed
        staging/kustomization.yaml is not deployable: `github.com/acme/base` is no file or folder beside it, and kustomize would fetch it; take it into the folder; the service was not changed
        staging/kustomization.yaml is not deployable: it does not parse (line 2, column 1: did not find expected ',' or ']' while parsing a flow sequence), so boathook cannot tell whether kustomize would fetch anything for it; shorten or correct it; the service was not changed
        staging is not deployable: kustomize would build it from more than 2000 files or 16777216 bytes, because folders name others more than once; name each once; the service was not changed
        staging is not deployable: kustomize would build it from more than 2000 files or 16777216 bytes, because folders name others more than once; name each once; the service was not changed"#]].assert_eq(&reasons.join("\n"));
}
