//! The command line of the proxy.

use std::{path::Path, time::Duration};

use boathook_process::Command;

use crate::cluster::Tools;

/// Everything but GET. kubectl divides the list at its commas, and its expressions know no "not".
const METHODS: &str = "^[^G],^.[^E],^..[^T],^....,^..?$";
/// What boathook never reads: Secrets, and what reaches into containers and nodes. The flag
/// replaces kubectl's own list. Names of objects do not count, so a service may be called `exec`.
const PATHS: &str = "^/api/[^/]+/(watch/)?(namespaces/[^/]+/)?secrets(/|$),\
                     ^/api/[^/]+/(namespaces/[^/]+/)?(pods|services|nodes)/[^/]+/\
                     (exec|attach|portforward|proxy)(/|$)";
/// The longest life of one proxy, so that nothing can pile up in it; the next read starts another.
const LIFE: Duration = Duration::from_hours(24);
/// Bytes of its error output that are kept: the first ones, which say why it did not start.
const STDERR_MAX: usize = 16 << 10;

/// Serves reads on a Unix socket.
pub(super) fn command(tools: &Tools, socket: &Path) -> Command {
    let own = [
        "proxy".to_owned(),
        format!("--unix-socket={}", socket.display()),
        // By itself kubectl drops the path of the kubeconfig's server, and asks its root.
        "--append-server-path=true".to_owned(),
        format!("--reject-methods={METHODS}"),
        format!("--reject-paths={PATHS}"),
    ];
    Command {
        argv: tools.kubectl.iter().cloned().chain(own).chain(tools.kubectl_flags.clone()).collect(),
        directory: None,
        environment: tools.environment.clone(),
        timeout: LIFE,
        output_cap: STDERR_MAX,
        secret_output: false,
    }
}
