//! `boathook check`: reads what can be read and runs the checks on it.

use std::{
    env, ffi::OsString, fs::DirBuilder, io, os::unix::fs::DirBuilderExt as _, path::Path,
    process::ExitCode, sync::Arc, time::Duration,
};

use boathook_core::{
    clock::Clock,
    current::Current,
    deployment::{UnknownEnvironment, error_chain},
    rollout::Timeouts,
};
use boathook_process::{ProgramRunner, Runner};

use crate::{
    check::{self, Bounded, CheckContext, CheckResult, Outbound, Report},
    cli::{CheckArguments, print_to_stderr},
    cluster::{Cluster, Reads},
    config::{Config, Examined, HeaderSecrets, examine_header_secrets, examine_secrets},
    engine::WorkFolder,
    github::HttpTransport,
    health::{HttpProber, Revealing},
    identity::over_https,
    redact::Redactor,
    sources::relay::HttpRelayTransport,
    startup::{certificate, end_signals::EndSignals, manifests, reading, redaction, settings},
};

/// The deadline of each program that `boathook check` runs.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Runs every check, prints the report, and exits with the code of the worst result. A signal ends
/// it early; it leaves nothing behind then either.
pub async fn check(arguments: &CheckArguments) -> ExitCode {
    let mut signals = match EndSignals::of_command() {
        Ok(signals) => signals,
        Err(error) => return unchecked(&format!("failed to listen for signals: {error}")),
    };
    tokio::select! {
        examined = examined(arguments) => match examined {
            Ok(report) => arguments.print(&report),
            Err(unknown) => unchecked(&unknown.to_string()),
        },
        signal = signals.received() => unchecked(&format!("{signal} came before all was checked")),
    }
}

fn unchecked(why: &str) -> ExitCode {
    print_to_stderr(format_args!("error: {why}"));
    ExitCode::from(2)
}

async fn examined(arguments: &CheckArguments) -> Result<Report, UnknownEnvironment> {
    let Examined { config, problems } =
        Config::examine(&arguments.config.directory, env::vars_os());
    let mut findings = check::configuration(&arguments.config.directory, &problems);
    let redactor = Redactor::default();
    if let Some(config) = config {
        // Environments with problems are not in it.
        findings.extend(check::no_way_in(&config).filter(|_| problems.is_empty()));
        let config = narrowed(config, arguments, problems.is_empty())?;
        let (secrets, _) = examine_secrets(&config, |name| env::var_os(name));
        let (in_headers, _) = examine_header_secrets(&config, |name| env::var_os(name));
        redactor.learn(in_headers.values());
        redaction::learn_of(&redactor, &config, &secrets, env::vars_os());
        findings.extend(run_checks(config, in_headers, &redactor).await);
    }
    Ok(Report::of(findings, &redactor))
}

/// The deadline of programs that only read, the same for every environment.
pub(super) const fn timeouts() -> Timeouts {
    Timeouts {
        pull: TIMEOUT,
        inspect: TIMEOUT,
        get: TIMEOUT,
        apply: TIMEOUT,
        patch: TIMEOUT,
        watch: TIMEOUT,
        logs: TIMEOUT,
        delete: TIMEOUT,
        kustomize: TIMEOUT,
    }
}

async fn run_checks(
    config: Config,
    secrets: HeaderSecrets,
    redactor: &Redactor,
) -> Vec<CheckResult> {
    let programs_at_will: Arc<dyn Runner> = Arc::new(ProgramRunner::default());
    let runner = Arc::new(Bounded::new(Arc::clone(&programs_at_will)));
    let certificate = config.server.tls.as_ref().map(|tls| {
        let read = certificate::read(tls).map_err(|error| error_chain(&error))?;
        Ok(read.cert.first().map(|leaf| leaf.to_vec()).unwrap_or_default())
    });
    let work = work_folder();
    let programs = work.as_ref().map_or(Path::new(settings::NOWHERE), WorkFolder::path);
    let tools = Arc::new(settings::tools_in(&config, programs));
    // It runs beside the others, and takes the place of none.
    let (proxy, proxy_end) =
        reading::for_command(programs_at_will, &tools, programs.join("proxy"), redactor);
    let reads = Reads::new(Arc::new(proxy));
    let context = CheckContext {
        cluster: Cluster::new(runner, reads, tools, timeouts()),
        prober: Arc::new(Revealing::new(
            Arc::new(HttpProber::default()),
            Current::fixed(secrets),
            redactor.clone(),
        )),
        probing: settings::probing_of,
        settings: settings::settings,
        outbound: Outbound {
            github: Arc::new(HttpTransport::default()),
            relays: Arc::new(HttpRelayTransport),
            documents: over_https(),
        },
        clock: Clock::system(),
        certificate,
        variable,
        redactor: redactor.clone(),
        work,
        user: rustix::process::geteuid().as_raw(),
        config,
    };
    let results = check::examine(&context).await;
    proxy_end.end().await;
    results
}

/// A new folder for what kubectl keeps of the API server's answers, and for rendered manifests:
/// the state directory is boathook's, whoever checks.
pub(super) fn work_folder() -> io::Result<WorkFolder> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let path = env::temp_dir().join(format!("boathook-check-{}", hex::encode(random)));
    DirBuilder::new().mode(0o700).create(&path)?;
    Ok(WorkFolder::at(path))
}

fn variable(name: &str) -> Option<OsString> {
    env::var_os(name)
}

/// The configuration of one environment, if one was named. It `is_whole` unless something is wrong
/// with it; an environment with problems is not in it.
fn narrowed(
    mut config: Config,
    arguments: &CheckArguments,
    is_whole: bool,
) -> Result<Config, UnknownEnvironment> {
    if let Some(only) = arguments.environment {
        let only = match config.names().find(only.name()) {
            Err(unknown) if is_whole => return Err(unknown),
            found => found.unwrap_or(only),
        };
        config.environments.retain(|environment, _| *environment == only);
    }
    manifests::find_beside(&mut config, &arguments.config.directory);
    Ok(config)
}
