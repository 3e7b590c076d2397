//! What kubectl leaves unsaid, and what it is not believed.

use std::{fs, sync::Arc, time::Duration};

use boathook::{
    api_proxy::{KubectlProxy, ProxyParts},
    cluster::{Cluster, ClusterError, Reads, Tools},
    config::Config,
    redact::Redactor,
    startup,
};
use boathook_core::{current::Current, rollout::Timeouts};
use boathook_process::ProgramRunner;
use boathook_sandbox::{
    Fault, Times,
    harness::{SandboxHarness, kubectls},
};
use boathook_testing::{
    rollout_harness::settings,
    samples::{revision, service},
};
use serde_json::Value;
use tempfile::TempDir;

/// The cluster through these tools; the folder of its proxy lives as long as it is used.
fn reached_by(tools: Tools, timeouts: Timeouts) -> (Cluster, TempDir) {
    let runner = Arc::new(ProgramRunner::default());
    let folder = tempfile::tempdir().unwrap();
    let (proxy, _end) = KubectlProxy::new(ProxyParts {
        runner: runner.clone(),
        tools: Current::fixed(tools.clone()),
        folder: folder.path().join("proxy"),
        redactor: Redactor::default(),
        log: Arc::new(|_| {}),
    });
    let reads = Reads::new(Arc::new(proxy));
    (Cluster::new(runner, reads, Arc::new(tools), timeouts), folder)
}

/// The cluster through the real kubectl, which gets a little time for each run.
fn through(room: &SandboxHarness) -> (Cluster, TempDir) {
    let variable = |name: &str, value: String| (name.to_owned(), value);
    let home = room.sandbox.home.directory.display().to_string();
    let tools = Tools {
        kubectl: vec![room.kubectl.to_str().unwrap().to_owned()],
        crictl: Vec::new(),
        ctr: Vec::new(),
        kubectl_flags: vec!["--vmodule=with_retry=4".to_owned()],
        environment: vec![
            variable("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
            variable("KUBECONFIG", room.sandbox.home.kubeconfig().display().to_string()),
            variable("KUBECACHEDIR", format!("{home}/cache")),
        ],
        output_cap_bytes: 1 << 20,
    };
    let timeouts = Timeouts { delete: Duration::from_secs(5), ..settings().timeouts };
    reached_by(tools, timeouts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kubectl_that_is_put_off_until_its_deadline_says_that_the_api_server_does_it() {
    for kubectl in kubectls() {
        for code in [429, 503, 500] {
            let room = SandboxHarness::open_with(kubectl.clone(), |_| {});
            room.sandbox.cluster.fail("kubectl", Times::UntilHealed, Fault::PutOff(code));
            let (cluster, _folder) = through(&room);
            let key = service("game");
            let name = revision("game-00001");
            let error = cluster.delete_revision(&key.namespace, &name).await.unwrap_err();
            let ClusterError::Transient(run) = &error else { panic!("{kubectl:?}: {error:?}") };
            let words = &run.words;
            assert!(
                words.starts_with("the API server put the request off ")
                    && words.contains(" (Retry-After 1s, at http://127.0.0.1:"),
                "{error}"
            );
            assert!(
                words.contains(
                    "/namespaces/game/revisions/game-00001): it is overloaded (429), starting, or without \
                     its store (503)"
                ),
                "{error}"
            );
            room.sandbox.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kubeconfig_that_names_no_cluster_makes_kubectl_ask_nobody() {
    for kubectl in kubectls() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().display();
        fs::write(folder.path().join("kubeconfig"), "").unwrap();
        let text = format!(
            "state: {{directory: {place}/state}}\ntools: {{kubectl: [{}], kubeconfig: \
             {place}/kubeconfig}}",
            kubectl.display()
        );
        fs::write(folder.path().join("default.yaml"), text).unwrap();
        let tools = startup::tools(&Config::load(folder.path(), []).unwrap());
        let (cluster, _folder) = reached_by(tools, settings().timeouts);
        let error = cluster.service(&service("game")).await.unwrap_err().to_string();
        assert!(error.contains("the-kubeconfig-names-no-cluster.invalid"), "{kubectl:?}: {error}");
        assert!(!error.contains("8080"), "{kubectl:?}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kubectl_that_is_put_off_for_a_moment_says_nothing_of_it_and_succeeds() {
    let room = SandboxHarness::open();
    room.ready_service().await;
    room.sandbox.cluster.fail("kubectl delete", Times::Next(1), Fault::PutOff(429));
    let (cluster, _folder) = through(&room);
    cluster.delete_revision(&service("web").namespace, &revision("web-00001")).await.unwrap();
    assert!(!room.sandbox.cluster.is_failing("kubectl"), "it was put off");
    room.sandbox.stop().await;
}

/// Somebody's preferences: each deletion asks first, and without an answer ends with 0.
const KUBERC: &str = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ndefaults:\n\
                      - command: delete\n  options:\n  - {name: interactive, default: 'true'}\n";

/// From this minor version of 1 on kubectl is known to read them.
const READS_KUBERC: u64 = 37;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kuberc_that_has_every_deletion_ask_first_does_not_reach_boathooks_kubectl() {
    for kubectl in kubectls() {
        let room = SandboxHarness::open_with(kubectl.clone(), |_| {});
        room.ready_service().await;
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().display();
        let kubeconfig = room.sandbox.home.kubeconfig();
        let text = format!(
            "state: {{directory: {place}/state}}\ntools: {{kubectl: [{}], kubeconfig: {}}}",
            kubectl.display(),
            kubeconfig.display()
        );
        fs::write(folder.path().join("default.yaml"), text).unwrap();
        let tools = startup::tools(&Config::load(folder.path(), []).unwrap());
        let home = tools.environment.iter().find(|(name, _)| name == "HOME").unwrap().1.clone();
        fs::create_dir_all(format!("{home}/.kube")).unwrap();
        fs::write(format!("{home}/.kube/kuberc"), KUBERC).unwrap();
        let with_kuberc = Tools {
            environment: tools
                .environment
                .iter()
                .filter(|(name, _)| name != "KUBERC")
                .cloned()
                .collect(),
            ..tools.clone()
        };
        let is_deleted = async |tools: Tools| {
            let (cluster, _folder) = reached_by(tools, settings().timeouts);
            let key = service("web");
            let name = revision("web-00001");
            let uid = async || {
                cluster
                    .revision(&key.namespace, &name)
                    .await
                    .unwrap()
                    .map(|revision| revision.uid().to_owned())
            };
            let before = uid().await;
            cluster.delete_revision(&key.namespace, &name).await.unwrap();
            uid().await != before
        };
        let version: Value =
            serde_json::from_str(&room.succeed(&["version", "--client", "-o", "json"]).await)
                .unwrap();
        let minor: u64 = version["clientVersion"]["minor"]
            .as_str()
            .unwrap()
            .trim_end_matches('+')
            .parse()
            .unwrap();
        if minor >= READS_KUBERC {
            assert!(
                !is_deleted(with_kuberc).await,
                "{kubectl:?} does not read the file, so this shows nothing"
            );
        }
        assert!(is_deleted(tools).await, "{kubectl:?}");
        room.sandbox.stop().await;
    }
}
