//! How the cluster is read: through one `kubectl proxy`, whose socket is in the runtime directory.

use std::{
    env,
    path::{Path, PathBuf},
    sync::Arc,
};

use boathook_core::{clock::Clock, current::Current};
use boathook_process::Runner;

use crate::{
    api_proxy::{KubectlProxy, ProxyEnd, ProxyLog, ProxyParts},
    cluster::Tools,
    config::Config,
    observers::{audit::Refusals, metrics::ProxyEnds},
    redact::Redactor,
};

/// systemd's variable with the unit's runtime directories, divided by colons.
const RUNTIME_DIRECTORY: &str = "RUNTIME_DIRECTORY";

/// The folder of the proxy's socket: in systemd's runtime directory, or beside the operator's
/// socket. It is named after that socket, which every boathook has for itself.
pub(super) fn folder(config: &Config) -> PathBuf {
    let socket = &config.operator.socket;
    let name = socket.file_stem().unwrap_or_default().to_string_lossy();
    let runtime = env::var_os(RUNTIME_DIRECTORY).unwrap_or_default();
    let runtime = env::split_paths(&runtime).next().filter(|path| path.is_absolute());
    let beside = || socket.parent().unwrap_or(Path::new("/")).to_owned();
    runtime.unwrap_or_else(beside).join(format!("{name}.proxy"))
}

/// Records the life of the proxy in the audit log, and counts its ends.
pub(super) fn noted(refusals: Refusals, ends: ProxyEnds, clock: Clock) -> ProxyLog {
    Arc::new(move |event| {
        ends.note(&event);
        refusals.note_proxy(clock.now(), &event);
    })
}

/// A proxy for one command, which records nothing.
pub(super) fn for_command(
    runner: Arc<dyn Runner>,
    tools: &Tools,
    folder: PathBuf,
    redactor: &Redactor,
) -> (KubectlProxy, ProxyEnd) {
    KubectlProxy::new(ProxyParts {
        runner,
        tools: Current::fixed(tools.clone()),
        folder,
        redactor: redactor.clone(),
        log: Arc::new(|_| {}),
    })
}
