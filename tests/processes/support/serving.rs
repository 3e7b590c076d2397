//! `boathook serve` as a program of its own, on files that a test writes and changes. There is no
//! cluster.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use boathook_core::deployment::sign;
use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::support::{
    listening::{Ran, shell},
    placeholders::filled,
    started::{Started, own_address},
};

/// How long anything may take before a test gives up on it.
const DEADLINE: Duration = Duration::from_secs(30);
/// What signs where a test does not care.
pub const SECRET: &str = "4f0c8d1e9b7a2653 and more";

/// Only what a handler cannot do without.
pub const DEFAULT: &str = "server: {listen: 'ADDRESS'}";

/// A handler whose one environment is production.
pub struct Serving {
    pub address: String,
    pub started: Started,
    directory: TempDir,
}

impl Serving {
    /// Starts a handler with this `production.yaml`. In every file `DIR` stands for its directory,
    /// which holds `secret` and `kubeconfig`, and `ADDRESS` for where it listens.
    pub async fn start(production: &str) -> Self {
        Self::start_with(DEFAULT, production).await
    }

    /// As `start`, with another `default.yaml`.
    pub async fn start_with(default: &str, production: &str) -> Self {
        Self::start_among(&[], default, production).await
    }

    /// As `start_with`, with more files beside it.
    pub async fn start_among(files: &[(&str, &str)], default: &str, production: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let address = own_address();
        let path = directory.path().display().to_string();
        let own = [("secret", SECRET), ("default.yaml", default), ("production.yaml", production)];
        write(directory.path(), &address, "kubeconfig", "");
        for (name, text) in own.iter().chain(files) {
            write(directory.path(), &address, name, text);
        }
        let variables = format!(
            "CREDENTIALS_DIRECTORY={path} BOATHOOK__OPERATOR__SOCKET={path}/boathook.sock \
             BOATHOOK__STATE__DIRECTORY={path}/state BOATHOOK__TOOLS__KUBECONFIG={path}/kubeconfig"
        );
        let environment = vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())];
        let boathook = env!("CARGO_BIN_EXE_boathook");
        // As many open files as systems begin with.
        let limited = r#"sh -c 'ulimit -S -n 1024 && exec "$@"' sh"#;
        let line =
            format!("{limited} env {variables} {boathook} serve --config {path} 2>{path}/log");
        let started = Started::start(&line, environment).await;
        let serving = Self { address, started, directory };
        serving.until_it_answers().await;
        serving
    }

    /// Writes a file that only its owner may read.
    pub fn file(&self, name: &str, text: &str) {
        write(self.directory.path(), &self.address, name, text);
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Runs a command of the binary, and tells what it did, with the directory's name shortened.
    pub async fn boathook(&self, line: &str) -> String {
        let socket = self.path().join("boathook.sock").display().to_string();
        let ran: Ran = shell(&format!("boathook {line}"), &[("BOATHOOK_SOCKET", &socket)]).await;
        self.shortened(&ran.transcript())
    }

    /// What the handler has logged.
    pub fn log(&self) -> String {
        self.shortened(&fs::read_to_string(self.path().join("log")).unwrap_or_default())
    }

    /// Waits until the log is as it should be.
    pub async fn until(&self, good: impl Fn(&str) -> bool) -> String {
        let give_up = Instant::now() + DEADLINE;
        loop {
            let log = self.log();
            if good(&log) {
                return log;
            }
            assert!(Instant::now() < give_up, "waited too long; the log says:\n{log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the audit log has so many lines that say one of these, and gives them.
    pub async fn until_audited(&self, what: &[&str], count: usize) -> Vec<Value> {
        let give_up = Instant::now() + DEADLINE;
        loop {
            let log =
                fs::read_to_string(self.path().join("state/audit/audit.log")).unwrap_or_default();
            let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let wanted = lines
                .filter(|line| what.iter().any(|what| line["what"] == *what))
                .collect::<Vec<_>>();
            if wanted.len() >= count {
                return wanted;
            }
            assert!(Instant::now() < give_up, "waited too long; the audit log says:\n{log}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sends a webhook; status and error in one line.
    pub async fn send(&self, secret: &str, body: &Value) -> String {
        let body = body.to_string();
        let answer = client().post(format!("http://{}/webhook/deploy", self.address));
        let answer = answer
            .header("X-GitHub-Event", "deployment")
            .header("Content-Type", "application/json");
        let answer = answer
            .header("X-Signature-SHA256", sign(secret.as_bytes(), body.as_bytes()))
            .body(body)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let result: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        format!("{status} {}", result["error"].as_str().unwrap_or_default()).trim_end().to_owned()
    }

    fn shortened(&self, text: &str) -> String {
        text.replace(&self.path().display().to_string(), "DIR")
    }

    async fn until_it_answers(&self) {
        let give_up = Instant::now() + DEADLINE;
        while !self.boathook("list").await.starts_with("exit 0") {
            assert!(Instant::now() < give_up, "waited too long; the log says:\n{}", self.log());
        }
    }
}

/// A client that trusts nothing in particular.
fn client() -> Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    Client::builder().no_proxy().timeout(DEADLINE).build().unwrap()
}

fn write(directory: &Path, address: &str, name: &str, text: &str) {
    let path = directory.join(name);
    let directory = directory.display().to_string();
    fs::write(&path, filled(text, &[("DIR", &directory), ("ADDRESS", address)])).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}
