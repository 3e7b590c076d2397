//! crictl: pull and inspecti.

use std::time::Duration;

use boathook_core::duration_text;
use serde_json::json;

use crate::{
    Cluster,
    tools::{
        arguments::{Arguments, split_verb},
        flags,
        output::{Output, indented},
        refusal::klog_time,
    },
};

const SOCKET: &str = "/run/k3s/containerd/containerd.sock";

/// A run of crictl, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Crictl {
    pub verb: String,
    pub arguments: Arguments,
}

impl Crictl {
    /// Takes the arguments apart; `list` does not hold the program's name.
    pub(super) fn parse(list: &[String]) -> Result<Self, Output> {
        let Some((verb, rest)) = split_verb(list, flags::CRICTL) else {
            return Err(Output::printed(help()));
        };
        let own = match verb.as_str() {
            "pull" => flags::CRICTL_PULL,
            "inspecti" => flags::CRICTL_INSPECT,
            _ => return Err(Output::failed(format!("No help topic for '{verb}'"))),
        };
        let parsed = Arguments::parse(&rest, &[own, flags::CRICTL]);
        let arguments = parsed
            .map_err(|why| Output::failed(format!("flag provided but not defined: {why}")))?;
        Ok(Self { verb, arguments })
    }

    /// The arguments that faults match.
    pub(super) fn words(&self) -> Vec<&str> {
        let plain = self.arguments.words.iter().map(String::as_str);
        ["crictl", self.verb.as_str()].into_iter().chain(plain).collect()
    }

    /// How long a pull may hang; without the flag for ever.
    pub(super) fn pull_timeout(&self) -> Option<Duration> {
        duration_text::parse(self.arguments.flag("pull-timeout")?).ok()
    }

    /// Runs it. Without exactly one image it prints help, pulls nothing and exits with 0, as the
    /// real one does.
    pub(super) fn run(&self, cluster: &Cluster, time: &str) -> Output {
        let [image] = self.arguments.words.as_slice() else { return Output::printed(help()) };
        if self.arguments.is_on("help") {
            return Output::printed(help());
        }
        if self.verb == "pull" {
            return match cluster.pull(image) {
                Ok(id) => Output::printed(format!("Image is up to date for {id}\n")),
                Err(error) => pull_failed(time, image, &error.to_string()),
            };
        }
        match cluster.inspect(image) {
            Some(status) => {
                Output::printed(indented(&json!({"info": {}, "status": status}), b"  "))
            }
            None => Output::failed(log_line(time, &format!("no such image \"{image}\" present"))),
        }
    }
}

/// A pull that ended badly.
pub(super) fn pull_failed(time: &str, image: &str, why: &str) -> Output {
    let quoted = why.replace('"', "\\\"");
    let klog = klog_time(time);
    let klog = format!(
        "E{klog}    3592 remote_image.go:250] \"PullImage from image service failed\" \
         err=\"{quoted}\" image=\"{image}\""
    );
    Output::failed(format!("{klog}\n{}", log_line(time, &format!("pulling image: {why}"))))
}

/// Nothing listens on the socket.
pub(super) fn unreachable(time: &str) -> Output {
    let why = format!(
        "validate service connection: validate CRI v1 image API for endpoint \"unix://{SOCKET}\": \
         rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while \
         dialing: dial unix {SOCKET}: connect: no such file or directory\""
    );
    Output::failed(log_line(time, &why))
}

fn log_line(time: &str, message: &str) -> String {
    format!("time=\"{time}\" level=error msg=\"{}\"", message.replace('"', "\\\""))
}

fn help() -> String {
    "NAME:\n   crictl pull - Pull an image from a registry\n\n\
     USAGE:\n   crictl pull [command options] NAME[:TAG|@DIGEST]\n"
        .to_owned()
}
