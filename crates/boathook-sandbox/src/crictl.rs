//! The `crictl` stand-in: hands each run to the simulated cluster's own crictl, and gives back what
//! it prints.

use std::time::Duration;

use boathook_process::{Command, Exit, Runner as _};
use serde::{Deserialize, Serialize};

use crate::{Cluster, FakeTools};

/// How long a run may hang; anyone who waits for it will have gone by then.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// What `crictl version` prints.
const VERSION: &str =
    "Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  2.1.9\nRuntimeApiVersion:  v1\n";

/// What `crictl imagefsinfo` prints, in short.
const IMAGE_FS: &str = "{\n  \"status\": {\n    \"imageFilesystems\": [\n      {\"fsId\": \
                        {\"mountpoint\": \"/var/lib/containerd\"}}\n    ]\n  }\n}\n";

/// What `crictl --version` prints.
const OWN_VERSION: &str = "crictl version v1.36.0\n";

/// What a run prints, and its exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code.
    pub exit: u8,
}

/// Runs crictl with these arguments, the program's own name left out. Where the registry hangs, so
/// does this.
pub async fn run(cluster: &Cluster, arguments: &[String]) -> Printed {
    let version = match arguments {
        [word] if word == "version" => Some(VERSION),
        [word] if word == "--version" => Some(OWN_VERSION),
        [word] if word == "imagefsinfo" => Some(IMAGE_FS),
        _ => None,
    };
    if let Some(version) = version {
        return Printed { stdout: version.to_owned(), ..Printed::default() };
    }
    let command = Command {
        argv: std::iter::once("crictl".to_owned()).chain(arguments.iter().cloned()).collect(),
        directory: None,
        environment: Vec::new(),
        timeout: LONGEST,
        output_cap: usize::MAX,
        secret_output: false,
    };
    match FakeTools::new(cluster.clone()).run(command, None).await {
        Ok(finished) => Printed {
            stdout: finished.stdout.text().into_owned(),
            stderr: finished.stderr.text().into_owned(),
            exit: exit_code(finished.exit),
        },
        Err(error) => Printed { stderr: format!("{error}\n"), exit: 127, ..Printed::default() },
    }
}

/// The exit code as a shell shows it.
fn exit_code(exit: Exit) -> u8 {
    match exit {
        Exit::Code(code) => u8::try_from(code).unwrap_or(1),
        Exit::Signal(signal) => u8::try_from(128 + signal).unwrap_or(1),
        Exit::TimedOut | Exit::Stopped => 1,
    }
}
