//! `boathook-sandbox`, `boathook serve` and `boathook send` as programs of their own, in a folder
//! of a test. Holds no test.

use std::{
    os::unix::{fs::PermissionsExt as _, net::UnixStream},
    path::Path,
    time::Duration,
};

use boathook_sandbox::harness::{kubectls, sandbox_program};
use rustix::{
    net::sockopt::socket_peercred,
    process::{Signal, kill_process},
};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::support::{
    listening::{Ran, shell},
    started::{Started, own_address},
};

/// How long anything may take before a test gives up on it.
const DEADLINE: Duration = Duration::from_secs(60);

const ENVIRONMENTS: [&str; 3] = ["development", "staging", "production"];

pub const SERVICE: &str = "game-2048-dev";
const IMAGE: &str = "ghcr.io/your-org/game-2048";

/// A sandbox in a directory, and what a handler beside it is started with.
pub struct Stand {
    directory: TempDir,
    pub address: String,
    hold: &'static str,
    _sandbox: Started,
}

/// A handler that a test kills leaves its `kubectl proxy`, which only the next start on the same
/// folder would end.
impl Drop for Stand {
    fn drop(&mut self) {
        for entry in std::fs::read_dir(self.path()).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "proxy") {
                signal_proxy_in(&entry.path(), Signal::TERM);
            }
        }
    }
}

fn signal_proxy_in(folder: &Path, signal: Signal) -> bool {
    let proxy = UnixStream::connect(folder.join("api.sock"));
    // It may have ended by itself meanwhile.
    proxy.is_ok_and(|proxy| {
        socket_peercred(&proxy).is_ok_and(|peer| kill_process(peer.pid, signal).is_ok())
    })
}

impl Stand {
    pub async fn new(hold: &'static str) -> Self {
        let directory = TempDir::new().unwrap();
        for environment in ENVIRONMENTS {
            let path = directory.path().join(format!("secret.{environment}"));
            std::fs::write(&path, secret(environment)).unwrap();
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        std::os::unix::fs::symlink(&kubectls()[0], directory.path().join("kubectl")).unwrap();
        let path = directory.path().display().to_string();
        let environment = vec![("PATH".to_owned(), search_path(directory.path()))];
        let sandbox = Started::start(
            &format!("{} --dir {path}/sandbox", sandbox_program().display()),
            environment,
        )
        .await;
        let stand = Self { address: own_address(), hold, _sandbox: sandbox, directory };
        stand.until("the sandbox listens", &format!("[ -s {path}/sandbox/env ]")).await;
        stand
    }

    /// Starts a handler on the shipped config and manifests; it listens when this returns.
    pub async fn serve(&self) -> Started {
        self.serve_with("", "").await
    }

    /// The same with further variables, and something done with what it writes, in the words of a
    /// shell.
    pub async fn serve_with(&self, further: &str, redirections: &str) -> Started {
        let serving = self.begin("serve", further, redirections).await;
        let socket = self.path().join("boathook.sock");
        let answers = format!("boathook list --socket {}", socket.display());
        self.until("the handler answers", &answers).await;
        serving
    }

    /// Starts a handler that may not listen yet; `name` tells it from others beside the sandbox.
    pub async fn begin(&self, name: &str, further: &str, redirections: &str) -> Started {
        let path = self.path().display();
        let variables = format!(
            "BOATHOOK__SERVER__LISTEN={address} BOATHOOK__SERVER__PUBLIC_URL=http://{address} \
             BOATHOOK__OPERATOR__SOCKET={path}/boathook.sock \
             BOATHOOK__STATE__DIRECTORY={path}/state BOATHOOK__TOOLS__KUBECONFIG=$KUBECONFIG \
             BOATHOOK__TOOLS__PATH=$PATH {environments}",
            address = self.address,
            environments = ENVIRONMENTS.map(|environment| self.environment(environment)).join(" "),
        );
        let script = self.path().join(format!("{name}.sh"));
        std::fs::write(
            &script,
            format!(
                ". {path}/sandbox/env\nexec env {variables} {further} boathook serve --config \
                 config {redirections}\n"
            ),
        )
        .unwrap();
        Started::start(
            &format!("sh {}", script.display()),
            vec![("PATH".to_owned(), search_path(self.path()))],
        )
        .await
    }

    /// The variables that set up one environment.
    pub fn environment(&self, name: &str) -> String {
        let path = self.path().display();
        let hold = self.hold;
        let section = format!("BOATHOOK__ENVIRONMENTS__{}", name.to_uppercase());
        // One deployment each, where a test says nothing else.
        format!(
            "{section}__SECRETS='[{{id: tests, file: {path}/secret.{name}}}]' \
             {section}__URL=\"{{scheme: http, domain: $SANDBOX_DOMAIN, ingress_address: \
             '$SANDBOX_INGRESS'}}\" {section}__PROMOTION='{{to: production, when: never}}' \
             {section}__HEALTH='{{interval: 200ms, delay: 0s, verify: null}}' \
             {section}__TRAFFIC='{{stages: {{rolling: [{{percent: 100, hold: {hold}}}], \
             blue-green: [{{percent: 100, hold: {hold}}}]}}}}'"
        )
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Runs a shell line beside sandbox and handler.
    pub async fn shell(&self, line: &str) -> Ran {
        let path = self.path().display().to_string();
        let script =
            format!(". {path}/sandbox/env; PATH={}:$PATH; {line}", search_path(self.path()));
        shell(
            &script,
            &[
                ("BOATHOOK_SOCKET", &format!("{path}/boathook.sock")),
                ("KUBECACHEDIR", &format!("{path}/cache")),
            ],
        )
        .await
    }

    /// Waits until a shell line succeeds; what it said last stands in the panic.
    pub async fn until(&self, what: &str, line: &str) {
        let give_up = Instant::now() + DEADLINE;
        loop {
            let ran = self.shell(line).await;
            if ran.code == 0 {
                return;
            }
            assert!(Instant::now() < give_up, "waited too long until {what}: {}", ran.transcript());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// `boathook send` for a tag of the example application.
    pub async fn send(&self, tag: &str, deployment_id: &str) -> Ran {
        self.send_with(tag, deployment_id, "").await
    }

    /// The same with further options.
    pub async fn send_with(&self, tag: &str, deployment_id: &str, options: &str) -> Ran {
        self.send_to(&self.address, tag, deployment_id, options).await
    }

    /// The same to another handler beside the sandbox.
    pub async fn send_to(
        &self,
        address: &str,
        tag: &str,
        deployment_id: &str,
        options: &str,
    ) -> Ran {
        self.shell(&format!(
            "boathook send --url http://{address} --secret-file {}/secret.development --environment \
             development --image {IMAGE}:{tag} --namespace {SERVICE} --service {SERVICE} \
             --deployment-id {deployment_id} {options}",
            self.path().display()
        ))
        .await
    }

    /// Sends a signal to the handler's `kubectl proxy`; whether there is one.
    pub fn signal_proxy(&self, signal: Signal) -> bool {
        signal_proxy_in(&self.path().join("boathook.proxy"), signal)
    }

    pub async fn revisions(&self) -> String {
        self.shell(&format!("kubectl get revisions -n {SERVICE} -o name")).await.stdout
    }

    /// That the audit log is whole, and holds each program that ran, how it ended, and the refused
    /// request with its address.
    pub async fn assert_audited(&self) {
        let audit = format!("--dir {}/state/audit", self.path().display());
        let verified = self.shell(&format!("boathook audit verify {audit}")).await;
        assert_eq!(verified.code, 0, "{}", verified.transcript());
        let shown = self.shell(&format!("boathook audit show {audit}")).await.stdout;
        let count = |text: &str| shown.lines().filter(|line| line.contains(text)).count();
        let started = count(" command_started ");
        assert!(started > 10 && count(" command_ended ") == started, "{started}");
        assert_eq!(
            (
                count(" accepted client=127.0.0.1 secret=tests "),
                count(" ended program=boathook end=succeeded")
            ),
            (2, 2),
            "{shown}"
        );
        assert_eq!(count(" refused client=127.0.0.1 "), 1, "{shown}");
        let proxies: Vec<&str> = shown.lines().filter(|line| line.contains(" proxy_")).collect();
        let [began, ended] = &proxies[..] else { panic!("one proxy served everyone: {shown}") };
        assert!(began.contains(" proxy_started ") && began.contains("--reject-methods"), "{began}");
        assert!(ended.contains(" proxy_ended ") && ended.contains("boathook stops"), "{ended}");
    }

    /// What users are answered.
    pub async fn answers(&self) -> String {
        self.shell(&format!(
            "curl -fsS -H \"Host: {SERVICE}.{SERVICE}.$SANDBOX_DOMAIN\" \
             \"http://$SANDBOX_INGRESS/\""
        ))
        .await
        .stdout
    }
}

/// What CI signs with for an environment.
pub fn secret(environment: &str) -> String {
    format!("c2VjcmV0IG9mIHRoZSB0ZXN0cywgbG9uZyBlbm91Z2g= for {environment}")
}

/// Where the programs are: boathook, the first kubectl that tests use, and the system's.
pub fn search_path(stand: &Path) -> String {
    let boathook = Path::new(env!("CARGO_BIN_EXE_boathook")).parent().unwrap();
    format!("{}:{}:/usr/local/bin:/usr/bin:/bin", boathook.display(), stand.display())
}
