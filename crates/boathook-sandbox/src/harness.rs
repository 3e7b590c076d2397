//! A sandbox of a test's own, with real kubectl binaries pointed at it, for the tests of every
//! package. Holds no test.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::{
    env, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use boathook_process::{Command, Exit, Finished, ProgramRunner, Runner as _};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep},
};

use crate::{Sandbox, SandboxOptions, Settings, Timings};

/// How long anything may take before a test gives up on it.
const DEADLINE: Duration = Duration::from_secs(60);

/// A good image that is there from the start.
pub const V1: &str = "ghcr.io/your-org/hello:v1";
/// Another one.
pub const V2: &str = "ghcr.io/your-org/hello:v2";

/// A running sandbox with a directory.
pub struct SandboxHarness {
    pub sandbox: Sandbox,
    pub kubectl: PathBuf,
    directory: TempDir,
}

/// What a program printed, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub exit: Exit,
    pub stdout: String,
    pub stderr: String,
}

/// The kubectl binaries that tests use: those of BOATHOOK_TEST_KUBECTLS, or the one in PATH.
pub fn kubectls() -> Vec<PathBuf> {
    let named = env::var_os("BOATHOOK_TEST_KUBECTLS").unwrap_or_default();
    let named: Vec<PathBuf> =
        env::split_paths(&named).filter(|path| !path.as_os_str().is_empty()).collect();
    if let Some(missing) = named.iter().find(|path| !path.is_file()) {
        panic!("BOATHOOK_TEST_KUBECTLS names {}, which is no file", missing.display());
    }
    if !named.is_empty() {
        return named;
    }
    let found = env::split_paths(&env::var_os("PATH").unwrap_or_default())
        .map(|directory| directory.join("kubectl"))
        .find(|path| path.is_file());
    vec![found.expect(
        "these tests drive a real kubectl: install one, or name some in BOATHOOK_TEST_KUBECTLS \
         (scripts/test.sh does)",
    )]
}

/// The program `boathook-sandbox` of the build that the running test belongs to. Cargo builds it
/// for this package's own tests only.
pub fn sandbox_program() -> PathBuf {
    let test = env::current_exe().unwrap();
    let program = test.parent().and_then(Path::parent).unwrap().join("boathook-sandbox");
    assert!(
        program.is_file(),
        "there is no {}: build it with `cargo build --package boathook-sandbox`",
        program.display()
    );
    program
}

impl Ran {
    fn of(finished: &Finished) -> Self {
        Self {
            exit: finished.exit,
            stdout: finished.stdout.text().into_owned(),
            stderr: finished.stderr.text().into_owned(),
        }
    }
}

impl SandboxHarness {
    /// Opens a room with the first kubectl at hand.
    pub fn open() -> Self {
        Self::open_with(kubectls().swap_remove(0), |_| {})
    }

    /// Opens a room with this kubectl, and with other timings.
    pub fn open_with(kubectl: PathBuf, change: impl FnOnce(&mut Timings)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut timings = Timings { start_pod: Duration::from_millis(50), ..Timings::default() };
        change(&mut timings);
        let sandbox = Sandbox::start(SandboxOptions {
            directory: directory.path().join("sandbox"),
            program: sandbox_program(),
            api_port: 0,
            ingress_port: 0,
            control_port: 0,
            images: Vec::new(),
            cluster: Settings { domain: "sandbox.test".to_owned(), timings, ..Settings::default() },
        });
        Self { sandbox: sandbox.unwrap(), kubectl, directory }
    }

    /// Writes a folder with a namespace and a service of the same name, and gives its path.
    pub fn manifests(&self, name: &str, image: &str, greeting: &str) -> String {
        let folder = self.directory.path().join(format!("manifests-{name}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("00-namespace.yaml"), namespace_yaml(name)).unwrap();
        fs::write(folder.join("10-service.yaml"), service_yaml(name, image, greeting)).unwrap();
        folder.to_str().unwrap().to_owned()
    }

    /// Writes a file and gives its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Runs kubectl as the administrator; the words are those of a command line.
    pub async fn kubectl(&self, words: &[&str]) -> Ran {
        self.run(&self.kubectl, words, DEADLINE).await
    }

    /// Runs kubectl with `kubeconfig.limited`.
    pub async fn limited_kubectl(&self, words: &[&str]) -> Ran {
        let kubeconfig = self.sandbox.home.directory.join("kubeconfig.limited");
        let words = [&["--kubeconfig", kubeconfig.to_str().unwrap()], words].concat();
        self.run(&self.kubectl, &words, DEADLINE).await
    }

    /// Runs kubectl, which has to succeed, and gives what it printed.
    pub async fn succeed(&self, words: &[&str]) -> String {
        let ran = self.kubectl(words).await;
        assert_eq!(ran.exit, Exit::Code(0), "kubectl {words:?}: {}{}", ran.stdout, ran.stderr);
        ran.stdout
    }

    /// One object.
    pub async fn object(&self, words: &[&str]) -> Value {
        let words = [&["get"], words, &["-o", "json"]].concat();
        serde_json::from_str(&self.succeed(&words).await).unwrap()
    }

    /// One object, as soon as it is so; what it was last stands in the panic.
    pub async fn object_until(&self, words: &[&str], is_so: impl Fn(&Value) -> bool) -> Value {
        let give_up = Instant::now() + DEADLINE;
        loop {
            let object = self.object(words).await;
            if is_so(&object) {
                return object;
            }
            assert!(Instant::now() < give_up, "{words:?} never came to be so; last: {object:#}");
        }
    }

    /// Starts kubectl and hands over its lines, and how it ended; it is ended when the receiver is
    /// dropped.
    pub fn follow(&self, words: &[&str]) -> (mpsc::Receiver<String>, JoinHandle<Ran>) {
        let (sender, receiver) = mpsc::channel(100);
        let command = self.command(&self.kubectl, words);
        let running = tokio::spawn(async move {
            Ran::of(&ProgramRunner::default().run(command, Some(sender)).await.unwrap())
        });
        (receiver, running)
    }

    /// Runs the sandbox's crictl.
    pub async fn crictl(&self, words: &[&str]) -> Ran {
        self.run(&self.sandbox.home.directory.join("bin/crictl"), words, DEADLINE).await
    }

    /// Runs a program; past the deadline it is ended.
    pub async fn run(&self, program: &Path, words: &[&str], deadline: Duration) -> Ran {
        let command = Command { timeout: deadline, ..self.command(program, words) };
        let finished = ProgramRunner::default().run(command, None).await.unwrap();
        Ran::of(&finished)
    }

    fn command(&self, program: &Path, words: &[&str]) -> Command {
        let home = self.directory.path().to_str().unwrap();
        let kubeconfig = self.sandbox.home.kubeconfig();
        let variable = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Command {
            argv: std::iter::once(program.to_str().unwrap())
                .chain(words.iter().copied())
                .map(str::to_owned)
                .collect(),
            directory: Some(self.directory.path().to_owned()),
            environment: vec![
                variable("PATH", "/usr/local/bin:/usr/bin:/bin"),
                variable("HOME", home),
                variable("KUBECONFIG", kubeconfig.to_str().unwrap()),
                variable("KUBECACHEDIR", &format!("{home}/cache")),
            ],
            timeout: DEADLINE,
            output_cap: 1 << 20,
            secret_output: false,
        }
    }

    /// Applies the service `web` and waits until it is Ready; gives its folder.
    pub async fn ready_service(&self) -> String {
        let folder = self.manifests("web", V1, "hi");
        self.succeed(&["apply", "-f", &folder]).await;
        self.wait_ready().await;
        folder
    }

    /// Waits until the service `web` is Ready.
    pub async fn wait_ready(&self) {
        self.succeed(&["wait", "--for=condition=Ready", "ksvc/web", "-n", "web", "--timeout=30s"])
            .await;
    }

    /// The service `web`.
    pub async fn service(&self) -> Value {
        self.object(&["ksvc", "web", "-n", "web"]).await
    }

    /// Patches the service `web`.
    pub async fn patch(&self, kind: &str, patch: &Value) -> Ran {
        self.kubectl(&[
            "patch",
            "ksvc",
            "web",
            "-n",
            "web",
            "--type",
            kind,
            "-p",
            &patch.to_string(),
        ])
        .await
    }

    /// The names of the revisions of `web`.
    pub async fn revisions(&self) -> Vec<String> {
        let list = self.object(&["revisions", "-n", "web"]).await;
        let names = list["items"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|item| item["metadata"]["name"].as_str());
        names.map(str::to_owned).collect()
    }

    /// Asks the ingress for a host once.
    pub async fn visit(&self, host: &str) -> (u16, String) {
        visit(self.sandbox.home.ingress, host).await
    }

    /// Asks the ingress until it answers so; what it said last stands in the panic.
    pub async fn visit_until(&self, host: &str, expected: &str) {
        let give_up = Instant::now() + DEADLINE;
        loop {
            let (_, body) = self.visit(host).await;
            if body.contains(expected) {
                return;
            }
            assert!(Instant::now() < give_up, "{host} never said {expected:?}; last: {body:?}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn visit(ingress: SocketAddr, host: &str) -> (u16, String) {
    // Anyone who was first has chosen the provider; any will do without TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().resolve(host, ingress).build().unwrap();
    let response = client.get(format!("http://{host}:{}/", ingress.port())).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

fn namespace_yaml(name: &str) -> String {
    format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n")
}

fn service_yaml(name: &str, image: &str, greeting: &str) -> String {
    format!(
        "apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: {name}
  namespace: {name}
spec:
  template:
    spec:
      containers:
        - image: {image}
          ports:
            - containerPort: 8080
          env:
            - name: GREETING
              value: {greeting}
"
    )
}
