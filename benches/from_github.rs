//! How soon a deployment that was created on GitHub starts, and what polling takes of memory. `cargo
//! bench --bench from_github` runs the real program beside a GitHub on this machine for seven
//! minutes; `BENCH_BASE` names another program whose memory, with a listener alone, is measured
//! beside it.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a measurement reads the real clock and starts what it measures, and is no part of the program"
)]

use std::{
    collections::BTreeMap,
    env,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use boathook_core::{clock::Clock, deployment::sign};
use boathook_testing::github::{FakeGitHub, TOKEN, serve};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

const ENVIRONMENTS: [&str; 3] = ["development", "staging", "production"];
const REPOSITORIES: [&str; 3] = ["acme/one", "acme/two", "acme/three"];
/// As many that the 99th percentile is the largest but two.
const DEPLOYMENTS: u64 = 200;
/// How far two deployments are apart: no multiple of the interval of 10 s, so that they meet it
/// everywhere.
const APART: Duration = Duration::from_millis(1430);
/// How long a program is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(25);
const ROUNDS: usize = 3;

/// A program, with a directory of its own.
struct Running {
    program: Child,
    directory: TempDir,
}

impl Running {
    /// Starts a handler that has this in its `default.yaml`.
    fn start(program: &str, settings: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let path = directory.path().display().to_string();
        write(directory.path(), "token", TOKEN);
        write(directory.path(), "kubeconfig", "");
        write(directory.path(), "default.yaml", &settings.replace("DIR", &path));
        for environment in ENVIRONMENTS {
            let own = format!(
                "secrets: [{{id: ci, file: {path}/{environment}}}]\n\
                 allow: {{images: ['ghcr.io/acme/*'], namespaces: [game], services: ['*']}}\n\
                 github: {{repositories: [{}]}}\n\
                 pull: {{enabled: false}}",
                REPOSITORIES.join(", ")
            );
            let own = if settings.contains("sources:") { own } else { without_github(&own) };
            write(directory.path(), environment, &secret(environment));
            write(directory.path(), &format!("{environment}.yaml"), &own);
        }
        let log = fs::File::create(directory.path().join("log")).unwrap();
        let program = Command::new(program)
            .args(["serve", "--config", &path])
            .env("BOATHOOK__OPERATOR__SOCKET", format!("{path}/boathook.sock"))
            .env("BOATHOOK__STATE__DIRECTORY", format!("{path}/state"))
            .env("BOATHOOK__TOOLS__KUBECONFIG", format!("{path}/kubeconfig"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        Self { program, directory }
    }

    /// Its resident memory in KiB.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.program.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{}", self.log()))
    }

    /// When each deployment started, by the number that its sender gave it.
    fn started(&self) -> BTreeMap<String, Timestamp> {
        let file = self.directory.path().join("state/audit/audit.log");
        let log = fs::read_to_string(file).unwrap_or_else(|_| panic!("{}", self.log()));
        let lines: Vec<Value> =
            log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let text = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let of = |what: &'static str| lines.iter().filter(move |line| line["what"] == what);
        let names: BTreeMap<_, _> = of("accepted")
            .map(|line| (text(line, "deployment"), text(line, "deployment_id")))
            .collect();
        let times =
            of("started").map(|line| (text(line, "deployment"), text(line, "at").parse().unwrap()));
        times.filter_map(|(id, at)| Some((names.get(&id)?.clone(), at))).collect()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.program.kill());
        drop(self.program.wait());
    }
}

/// What signs for an environment.
fn secret(environment: &str) -> String {
    format!("what signs for {environment} alone")
}

fn without_github(settings: &str) -> String {
    let kept: Vec<_> = settings.lines().filter(|line| !line.starts_with("github:")).collect();
    kept.join("\n")
}

fn write(directory: &Path, name: &str, text: &str) {
    let file = directory.join(name);
    fs::write(&file, text).unwrap();
    fs::set_permissions(file, Permissions::from_mode(0o600)).unwrap();
}

/// A deployment whose payload CI signed.
fn create(github: &FakeGitHub, number: u64) -> Timestamp {
    let turn = usize::try_from(number).unwrap() % REPOSITORIES.len();
    let body = json!({
        "environment": ENVIRONMENTS[turn],
        "image": format!("ghcr.io/acme/one:v{number}"),
        "namespace": "game",
        "service_name": format!("game-{number}"),
        "deployment_id": number.to_string(),
        "timestamp": Timestamp::now().to_string(),
    })
    .to_string();
    let signature = sign(secret(ENVIRONMENTS[turn]).as_bytes(), body.as_bytes());
    let payload = json!({"boathook": {"body": body, "signature": signature}});
    let now = Timestamp::now();
    let request = json!({"ref": "main", "environment": ENVIRONMENTS[turn], "payload": payload});
    github.deploy(REPOSITORIES[turn], "ada", request);
    now
}

/// The value at a percentile, by nearest rank.
fn percentile(sorted: &[f64], hundredths: usize) -> f64 {
    sorted[(sorted.len() * hundredths).div_ceil(100).saturating_sub(1)]
}

fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values[values.len() / 2]
}

fn main() {
    let own = env!("CARGO_BIN_EXE_boathook");
    let github = FakeGitHub::new(Clock::system());
    REPOSITORIES.iter().for_each(|name| github.repository(name));
    let api = serve(github.clone());
    let polling = format!(
        "server: {{listen: null}}\n\
         sources: {{github: {{api: 'http://{api}', interval: 10s, token: {{file: DIR/token}}}}}}"
    );
    let listening = "server: {listen: '127.0.0.1:0'}";
    let base = env::var("BENCH_BASE").ok();

    let mut memory: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        let mut running = vec![
            ("with a listener", Running::start(own, listening)),
            ("with GitHub polled", Running::start(own, &polling)),
        ];
        if let Some(base) = &base {
            running.push(("of BENCH_BASE with a listener", Running::start(base, listening)));
        }
        sleep(IDLE);
        for (what, running) in running {
            memory.entry(what).or_default().push(running.memory());
        }
    }
    for (what, values) in memory {
        println!("memory {what}: {} KiB, the median of {ROUNDS}", median(values));
    }

    let running = Running::start(own, &polling);
    sleep(IDLE);
    let created: BTreeMap<String, Timestamp> = (1..=DEPLOYMENTS)
        .map(|number| {
            sleep(APART);
            (number.to_string(), create(&github, number))
        })
        .collect();
    sleep(IDLE);
    let started = running.started();
    let mut seconds: Vec<f64> = created
        .iter()
        .filter_map(|(number, at)| {
            Some((*started.get(number)? - *at).total(jiff::Unit::Second).unwrap())
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    assert_eq!(seconds.len(), created.len(), "some did not start:\n{}", running.log());
    println!(
        "from the creation to the start of {} deployments: median {:.1} s, p99 {:.1} s, at most {:.1} s",
        seconds.len(),
        percentile(&seconds, 50),
        percentile(&seconds, 99),
        percentile(&seconds, 100)
    );
}
