//! What kubectl leaves unsaid, and what it is not believed.

use std::{fs, sync::Arc, time::Duration};

use boathook::{
    cluster::{Cluster, ClusterError, Timeouts, Tools},
    config::Config,
    journal::Outcome,
    startup,
};
use boathook_process::{Command, Finished, ProgramRunner, RunError, Runner};
use boathook_sandbox::harness::{SandboxHarness, kubectls};
use boathook_sandbox::{FakeTools, Fault, Times};
use futures_util::{FutureExt, future::BoxFuture};
use serde_json::Value;
use tokio::sync::mpsc::Sender;

use crate::{
    rollout_harness::{Harness, settings},
    samples::{revision, service},
};

/// The cluster through the real kubectl, which gets a little time for each run.
fn through(room: &SandboxHarness) -> Cluster {
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
        output_cap: 1 << 20,
    };
    let timeouts = Timeouts { get: Duration::from_secs(5), ..settings().timeouts };
    Cluster::new(Arc::new(ProgramRunner::default()), Arc::new(tools), timeouts)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kubectl_that_is_put_off_until_its_deadline_says_that_the_api_server_does_it() {
    for kubectl in kubectls() {
        for code in [429, 503, 500] {
            let room = SandboxHarness::open_with(kubectl.clone(), |_| {});
            room.sandbox.cluster.fail("kubectl get ksvc", Times::UntilHealed, Fault::PutOff(code));
            let error = through(&room).service(&service("game")).await.unwrap_err();
            let ClusterError::Transient(run) = &error else { panic!("{kubectl:?}: {error:?}") };
            let words = &run.words;
            assert!(
                words.starts_with("the API server put the request off ")
                    && words.contains(" (Retry-After 1s, at http://127.0.0.1:"),
                "{error}"
            );
            assert!(
                words.contains("/namespaces/game/services/game): it is overloaded (429), starting, or without its store (503)"),
                "{error}"
            );
            room.sandbox.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kubectl_that_is_put_off_for_a_moment_says_nothing_of_it_and_succeeds() {
    let room = SandboxHarness::open();
    room.ready_service().await;
    room.sandbox.cluster.fail("kubectl get ksvc", Times::Next(1), Fault::PutOff(429));
    assert!(through(&room).service(&service("web")).await.unwrap().is_some());
    room.sandbox.stop().await;
}

/// A kubectl that was told by somebody's kuberc to ask first: it does nothing, and ends with 0.
struct Asking {
    tools: FakeTools,
    verb: &'static str,
    printed: &'static str,
}

impl Runner for Asking {
    fn run(
        &self,
        command: Command,
        lines: Option<Sender<String>>,
    ) -> BoxFuture<'_, Result<Finished, RunError>> {
        let asks = command.argv[..2] == ["kubectl", self.verb];
        let instead = if asks {
            vec![
                "kubectl".to_owned(),
                "get".to_owned(),
                "ns".to_owned(),
                "default".to_owned(),
                "-o".to_owned(),
                "json".to_owned(),
            ]
        } else {
            command.argv.clone()
        };
        self.tools
            .run(Command { argv: instead, ..command }, lines)
            .map(move |finished| {
                let mut finished = finished?;
                if asks {
                    finished.stdout.bytes = self.printed.as_bytes().to_vec();
                }
                Ok(finished)
            })
            .boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_was_cancelled_with_exit_code_0_is_noticed() {
    let mut harness = Harness::new();
    harness.deploy("1").await;
    harness.engine.runner = Arc::new(Asking {
        tools: FakeTools::new(harness.cluster.clone()),
        verb: "delete",
        printed: "deletion is cancelled\n",
    });
    let result = harness.deploy("crash").await;
    assert_eq!(result.end(), Outcome::RolledBack, "{}", result.timeline());
    let notes = result.outcome.findings.notes.join("\n");
    assert!(
        notes.contains("revision game-00002, which never became ready, is still there, although kubectl ended its deletion"),
        "{notes}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_apply_that_names_none_of_its_objects_is_no_success() {
    let mut harness = Harness::new();
    harness.engine.runner = Arc::new(Asking {
        tools: FakeTools::new(harness.cluster.clone()),
        verb: "apply",
        printed: "",
    });
    let result = harness.deploy("1").await;
    assert_eq!(result.end(), Outcome::Failed, "{}", result.timeline());
    assert!(
        result.reason().contains("kubectl apply ended with exit code 0, but did not name "),
        "{}",
        result.reason()
    );
}

/// Somebody's preferences: each deletion asks first, and without an answer ends with 0.
const KUBERC: &str = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ndefaults:\n- command: delete\n  options:\n  - {name: interactive, default: 'true'}\n";
/// From this minor version of 1 on kubectl is known to read them.
const READS_KUBERC: u64 = 37;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kuberc_that_has_every_deletion_ask_first_does_not_reach_boathooks_kubectl() {
    for kubectl in kubectls() {
        let room = SandboxHarness::open_with(kubectl.clone(), |_| {});
        room.ready_service().await;
        let folder = tempfile::tempdir().unwrap();
        let (place, kubeconfig) = (folder.path().display(), room.sandbox.home.kubeconfig());
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
            let cluster = Cluster::new(
                Arc::new(ProgramRunner::default()),
                Arc::new(tools),
                settings().timeouts,
            );
            let (key, name) = (service("web"), revision("web-00001"));
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
