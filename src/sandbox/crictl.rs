//! A stand-in for `crictl`: what the real one prints, and how it ends, for the few things that boathook and people ask of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::sandbox::{Cluster, Fault, PullError, behaviour_text};

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

const PULL_HELP: &str = "\
NAME:
   crictl pull - Pull an image from a registry

USAGE:
   crictl pull [options] NAME[:TAG|@DIGEST]

OPTIONS:
   --annotation string, -a string [ --annotation string, -a string ]  Annotation to be set on the pulled image
   --auth string                                                      Use AUTH_STRING for accessing the registry [$CRICTL_AUTH]
   --creds string                                                     Use USERNAME[:PASSWORD] for accessing the registry [$CRICTL_CREDS]
   --pod-config string                                                Use pod-config.[json|yaml] to override the pull context
   --pull-timeout duration, --pt duration                             Maximum time to be used for pulling the image, disabled if set to 0s
   --help, -h                                                         show help
";

const HELP: &str = "\
NAME:
   crictl - client for CRI (a stand-in of the boathook sandbox)

USAGE:
   crictl [global options] command [command options]

COMMANDS:
   pull      Pull an image from a registry
   inspecti  Return the status of one or more images
   version   Display runtime version information
";

/// Global options that take a value.
const GLOBAL: [&str; 10] =
    ["--config", "-c", "--image-endpoint", "-i", "--runtime-endpoint", "-r", "--timeout", "-t", "--profile-cpu", "--profile-mem"];
/// Options of commands that take a value.
const OF_COMMANDS: [&str; 9] = ["--annotation", "-a", "--auth", "--creds", "--pod-config", "--pull-timeout", "--pt", "--output", "-o"];

/// Runs crictl with these arguments (the program's own name left out). Where its registry hangs, so does this.
pub async fn run(cluster: &Cluster, arguments: &[String]) -> Printed {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let global = split(&words, &GLOBAL);
    let Some((command, rest)) = global.rest.split_first() else {
        let version = global.option(&["--version", "-v"]).is_some();
        return Printed::out(if version { "crictl version v1.36.0\n" } else { HELP });
    };
    let line = split(rest, &OF_COMMANDS);
    match *command {
        "pull" => pull(cluster, &line).await,
        "inspecti" => inspect(cluster, &line),
        "version" => Printed::out("Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  2.1.9\nRuntimeApiVersion:  v1\n"),
        "help" => Printed::out(HELP),
        other => Printed::error(cluster, &format!("command {other:?} is not known to the sandbox's crictl")),
    }
}

/// Options before the first word that is none, and the words from there on.
struct Line<'a> {
    options: Vec<(&'a str, &'a str)>,
    rest: Vec<&'a str>,
}

impl<'a> Line<'a> {
    fn option(&self, names: &[&str]) -> Option<&'a str> {
        self.options.iter().rev().find(|(name, _)| names.contains(name)).map(|(_, value)| *value)
    }
}

fn split<'a>(words: &[&'a str], with_value: &[&str]) -> Line<'a> {
    let mut options = Vec::new();
    let mut rest = words;
    while let [word, after @ ..] = rest
        && word.starts_with('-')
    {
        rest = after;
        match (word.split_once('='), after) {
            _ if *word == "--" => break,
            (Some(pair), _) => options.push(pair),
            (None, [value, after @ ..]) if with_value.contains(word) => {
                options.push((*word, *value));
                rest = after;
            }
            (None, _) => options.push((*word, "")),
        }
    }
    Line { options, rest: rest.to_vec() }
}

async fn pull(cluster: &Cluster, line: &Line<'_>) -> Printed {
    let [image] = line.rest.as_slice() else { return Printed::out(PULL_HELP) };
    if line.option(&["-h", "--help"]).is_some() {
        return Printed::out(PULL_HELP);
    }
    match cluster.strike(&["crictl", "pull", image]) {
        Some(Fault::Hang) => hang(cluster, image, line.option(&["--pull-timeout", "--pt"])).await,
        Some(fault) => broken(cluster, image, &fault),
        None => match cluster.pull(image) {
            Ok(id) => Printed::out(&format!("Image is up to date for {id}\n")),
            Err(error) => Printed::pull_failed(cluster, image, &error),
        },
    }
}

/// There is no default timeout: without the option it hangs until somebody ends it.
async fn hang(cluster: &Cluster, image: &str, timeout: Option<&str>) -> Printed {
    match timeout.and_then(behaviour_text::duration).filter(|timeout| *timeout > Duration::ZERO) {
        Some(timeout) => tokio::time::sleep(timeout).await,
        None => std::future::pending().await,
    }
    let error =
        PullError { code: "DeadlineExceeded", message: format!("failed to pull and unpack image \"{image}\": context deadline exceeded") };
    Printed::pull_failed(cluster, image, &error)
}

fn broken(cluster: &Cluster, image: &str, fault: &Fault) -> Printed {
    match fault {
        Fault::Exit(text) => Printed { stderr: format!("{text}\n"), exit: 1, ..Printed::default() },
        Fault::Unreachable => {
            let (host, _) = image.split_once('/').unwrap_or((image, ""));
            let message = format!(
                "failed to pull and unpack image \"{image}\": failed to resolve image: failed to do request: Head \"https://{host}/v2/\": \
                 dial tcp {host}: connect: connection refused"
            );
            Printed::pull_failed(cluster, image, &PullError { code: "Unknown", message })
        }
        fault => Printed::error(cluster, &format!("{fault:?}")),
    }
}

fn inspect(cluster: &Cluster, line: &Line<'_>) -> Printed {
    let [image] = line.rest.as_slice() else {
        return Printed::error(cluster, "ID cannot be empty");
    };
    match cluster.inspect(image) {
        Some(status) => Printed::out(&format!("{:#}\n", json!({"status": status, "info": {}}))),
        None => Printed::error(cluster, &format!("no such image {image:?} present")),
    }
}

impl Printed {
    fn out(text: &str) -> Self {
        Self { stdout: text.to_owned(), ..Self::default() }
    }

    fn error(cluster: &Cluster, message: &str) -> Self {
        let time = cluster.at_now().time();
        Self { stderr: format!("time=\"{time}\" level=error msg={message:?}\n"), exit: 1, ..Self::default() }
    }

    fn pull_failed(cluster: &Cluster, image: &str, error: &PullError) -> Self {
        let time = cluster.at_now().time();
        let log = format!(
            "E{}{} {}.000000       1 remote_image.go:250] \"PullImage from image service failed\" err={:?} image={image:?}\n",
            &time[5..7],
            &time[8..10],
            &time[11..19],
            error.to_string()
        );
        let printed = Self::error(cluster, &format!("pulling image: {error}"));
        Self { stderr: log + &printed.stderr, ..printed }
    }
}
