//! A boathook to look at: its settings, manifests and secret in a folder, a sandbox as its cluster,
//! and `boathook check`. Holds no test.

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use boathook_sandbox::{
    Caller, Kind, Patch, WriteOptions,
    harness::{SandboxHarness, V1},
};
use regex::Regex;
use serde_json::{Value, json};

use crate::support::{
    listening::{Ran, shell},
    placeholders::filled,
    started::{Started, own_address},
};

/// The one service that the sandbox's limited account may deploy.
pub const SERVICE: &str = "game-2048-dev";

const DEFAULT: &str = "
server: {listen: 'ADDRESS', public_url: 'http://ADDRESS'}
operator: {socket: DIR/boathook.sock}
state: {directory: DIR/state}
tools:
  kubectl: [KUBECTL]
  crictl: [DIR/sandbox/bin/crictl]
  kubeconfig: DIR/sandbox/kubeconfig.limited
  path: /usr/local/bin:/usr/bin:/bin
  registries: DIR/node/registries.yaml
";
/// The node asks another registry for everything, so that no test asks one of the world's.
const REGISTRIES: &str = "mirrors: {'*': {}}";
const DEVELOPMENT: &str = "
secrets: [{id: ci, file: DIR/secret}]
manifests: DIR/manifests-game-2048-dev
allow: {images: ['ghcr.io/your-org/*'], namespaces: [game-2048-dev], services: [game-2048-dev]}
url: {scheme: http, domain: sandbox.test, ingress_address: 'INGRESS'}
";

/// Everything that a check looks at; all of it is well, but that nobody runs the boathook.
pub struct CheckHarness {
    pub room: SandboxHarness,
    address: String,
}

impl CheckHarness {
    pub async fn open() -> Self {
        let room = SandboxHarness::open();
        let folder = room.manifests(SERVICE, V1, "hi");
        room.succeed(&["apply", "-f", &folder]).await;
        room.succeed(&[
            "wait",
            "--for=condition=Ready",
            &format!("ksvc/{SERVICE}"),
            "-n",
            SERVICE,
            "--timeout=30s",
        ])
        .await;
        let harness = Self { room, address: own_address() };
        harness.file("default.yaml", DEFAULT);
        harness.file("node/registries.yaml", REGISTRIES);
        harness.file("development.yaml", DEVELOPMENT);
        harness.file("secret", "4f0c8d1e9b7a2653 and more");
        harness
    }

    /// The folder of it all.
    pub fn path(&self) -> PathBuf {
        self.room.sandbox.home.directory.parent().unwrap().to_owned()
    }

    /// Writes a file that only its owner may read; `DIR` and such stand for what they are here.
    pub fn file(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        let directory = self.path().display().to_string();
        let ingress = self.room.sandbox.home.ingress.to_string();
        let kubectl = self.room.kubectl.display().to_string();
        let text = filled(
            text,
            &[
                ("DIR", &directory),
                ("ADDRESS", &self.address),
                ("INGRESS", &ingress),
                ("KUBECTL", &kubectl),
            ],
        );
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Writes a program.
    pub fn program(&self, name: &str, script: &str) {
        self.file(name, &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(self.path().join(name), fs::Permissions::from_mode(0o700)).unwrap();
    }

    /// Has the cluster show another text in an object's status, wherever the pattern fits.
    pub fn shows(&self, kind: Kind, name: &str, pattern: &str, instead: &str) {
        let cluster = &self.room.sandbox.cluster;
        let admin = Caller::admin();
        let object = cluster.get(&admin, kind, Some(SERVICE), name).unwrap();
        let text = object["status"].to_string();
        let other = Regex::new(pattern).unwrap().replace_all(&text, instead);
        assert_ne!(other, text);
        let status: Value = serde_json::from_str(&other).unwrap();
        let patch = Patch::Merge(json!({"status": status}));
        let options = WriteOptions::default();
        cluster.patch_status(&admin, kind, Some(SERVICE), name, &patch, &options).unwrap();
    }

    /// Writes `default.yaml` with something else in place of a part of it.
    pub fn default_with(&self, part: &str, instead: &str) {
        assert!(DEFAULT.contains(part), "{part}");
        self.file("default.yaml", &DEFAULT.replace(part, instead));
    }

    /// Writes `development.yaml` with something else in place of a part of it.
    pub fn development_with(&self, part: &str, instead: &str) {
        assert!(DEVELOPMENT.contains(part), "{part}");
        self.file("development.yaml", &DEVELOPMENT.replace(part, instead));
    }

    /// Runs the boathook.
    pub async fn serve(&self) -> Started {
        let path = self.path().display().to_string();
        let boathook = env!("CARGO_BIN_EXE_boathook");
        let environment = vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())];
        let started =
            Started::start(&format!("{boathook} serve --config {path} 2>{path}/log"), environment)
                .await;
        let listed = format!(
            "for i in $(seq 100); do boathook list --socket {path}/boathook.sock && exit 0; sleep \
             0.1; done; exit 1"
        );
        let listed = shell(&listed, &[]).await;
        assert_eq!(listed.code, 0, "{}", listed.transcript());
        started
    }

    /// `boathook check`, with these arguments.
    pub async fn check(&self, arguments: &str) -> Ran {
        shell(&format!("boathook check --config {} {arguments}", self.path().display()), &[]).await
    }

    /// The lines of a report without what the machine's own disk is told of, which may be full in
    /// earnest, and without the sum.
    pub fn findings(&self, report: &str) -> String {
        let mut of_disk = false;
        let result = report.lines().filter(|line| {
            of_disk = if line.starts_with(' ') {
                of_disk
            } else {
                line[..line.len().min(13)].ends_with("disk")
            };
            !of_disk
        });
        let result: Vec<_> = result.collect();
        self.plain(&result[..result.len() - 1].join("\n"))
    }

    /// What is not well, beside the machine's disk and that no boathook runs; with every path and
    /// address as it is written in these files.
    pub async fn complaints(&self) -> String {
        let report = self.check("--json").await;
        let report: Value = serde_json::from_str(&report.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", report.transcript()));
        let is_asked = |finding: &&Value| {
            ["boathook", "public url", "disk"].iter().all(|other| finding["check"] != *other)
        };
        let not_well = |finding: &&Value| finding["severity"] != "ok" && is_asked(finding);
        let result =
            report["findings"].as_array().unwrap().iter().filter(not_well).map(|finding| {
                let text = |key: &str| finding[key].as_str().unwrap().to_owned();
                assert!(!text("why").is_empty());
                format!(
                    "{} {}: {}\n  -> {}\n",
                    text("severity"),
                    text("check"),
                    text("seen"),
                    text("fix")
                )
            });
        self.plain(&result.collect::<String>())
    }

    /// The text without what is different each time.
    pub fn plain(&self, text: &str) -> String {
        let home = &self.room.sandbox.home;
        let user = rustix::process::geteuid().as_raw().to_string();
        let text =
            text.replace(self.path().to_str().unwrap(), "DIR").replace(&self.address, "ADDRESS");
        let text = text
            .replace(&home.ingress.to_string(), "INGRESS")
            .replace(&home.api.to_string(), "API");
        let text = text
            .replace(self.room.kubectl.to_str().unwrap(), "KUBECTL")
            .replace(&format!("user ({user})"), "user (ID)");
        text.lines().map(|line| without_numbers(line) + "\n").collect()
    }
}

/// What depends on machine and moment: versions of kubectl, milliseconds, dates, what the resolver
/// says.
fn without_numbers(line: &str) -> String {
    let words = line.split(' ').map(|word| match word {
        _ if line.contains("`KUBECTL` is v") && word.starts_with("v1") => "VERSION",
        _ if line.ends_with(" ms") && word.parse::<u64>().is_ok_and(|number| number != 200) => "N",
        _ => word,
    });
    let mut line = words.collect::<Vec<_>>().join(" ");
    if let Some((before, (_, rest))) = line
        .split_once(" after ")
        .and_then(|(before, rest)| Some((before, rest.split_once(" ms)")?)))
    {
        line = format!("{before} after N ms){rest}");
    }
    let cut = |line: &str, at: &str| {
        line.split_once(at).map_or(line.to_owned(), |(before, _)| format!("{before}{at}..."))
    };
    cut(&cut(&line, "ends soon ("), "does not resolve: ")
}
