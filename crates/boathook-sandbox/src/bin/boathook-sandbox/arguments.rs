//! The options of the simulated cluster, and the commands that control a running one.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use boathook_core::duration_text;
use boathook_sandbox::{Kind, behaviours};
use clap::{Args, Parser, Subcommand};

/// Runs a simulated k3s with Knative on loopback.
#[derive(Debug, Parser)]
#[command(name = "boathook-sandbox", version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// Control a running sandbox instead of starting one.
    #[command(subcommand)]
    pub command: Option<SandboxCommand>,
    /// How to start one.
    #[command(flatten)]
    pub start: StartArguments,
}

/// The options for starting a sandbox.
#[derive(Debug, Args)]
pub struct StartArguments {
    /// Where kubeconfig, env and bin/crictl are written [default: a temporary directory, removed at
    /// the end]
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// Port of the API server on 127.0.0.1; 0 for any free port.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub api_port: u16,
    /// Port of the data plane on 127.0.0.1; 0 for any free port.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub ingress_port: u16,
    /// Port on 127.0.0.1 for publishing images and breaking things; 0 for any free port.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub control_port: u16,
    /// Domain of the services: SERVICE.NAMESPACE.DOMAIN.
    #[arg(long, default_value = "sandbox.test")]
    pub domain: String,
    /// An additional image; may be given several times. Behaviours: good, crash, slow:800ms ...;
    /// `boathook-sandbox image --help` lists all.
    #[arg(long, value_name = "REPO:TAG=BEHAVIOUR")]
    pub image: Vec<String>,
    /// How long a pod takes to start, such as 600ms.
    #[arg(long, value_name = "DURATION", value_parser = duration_text::parse)]
    pub ready_delay: Option<Duration>,
}

/// The commands for a running sandbox.
#[derive(Debug, Subcommand)]
pub enum SandboxCommand {
    /// Publish an image, or move its tag to a new one; without one, list what is published.
    #[command(after_help = list_behaviours())]
    Image {
        /// Where the sandbox is.
        #[command(flatten)]
        control: Control,
        /// The image and what its program does, such as ghcr.io/your-org/hello:v3=slow:2s.
        #[arg(value_name = "REPO:TAG=BEHAVIOUR")]
        image: Option<String>,
    },
    /// Break commands that begin with these words, such as "kubectl patch" or "crictl pull".
    Break {
        /// Where the sandbox is.
        #[command(flatten)]
        control: Control,
        place: String,
        /// How: exit:TEXT, unreachable, throttled, put-off:CODE, conflict, webhook-away,
        /// unauthorized, hang, watch-ends.
        fault: String,
        /// How many times [default: until it is repaired]
        #[arg(long)]
        times: Option<u32>,
    },
    /// Undo a `break`.
    Repair {
        /// Where the sandbox is.
        #[command(flatten)]
        control: Control,
        /// What to repair; what was broken below it is repaired too.
        place: String,
    },
    /// Print the changes of all objects of a kind, such as ksvc or pods: one JSON line for each
    /// change, with its exact time.
    Changes {
        /// Where the sandbox is.
        #[command(flatten)]
        control: Control,
        /// The kind, by any name that kubectl takes.
        #[arg(value_parser = parse_kind)]
        kind: Kind,
    },
    /// Run as the sandbox's `crictl`.
    #[command(hide = true)]
    Crictl {
        /// Where the sandbox is.
        #[command(flatten)]
        control: Control,
        /// crictl's own arguments.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

/// Where a running sandbox is.
#[derive(Debug, Args)]
pub struct Control {
    /// Its control address.
    #[arg(long = "control", value_name = "ADDRESS", env = "SANDBOX_CONTROL")]
    pub address: SocketAddr,
}

fn list_behaviours() -> String {
    format!(
        "Behaviours:\n{}What the manifest asks for decides too: a Secret, ConfigMap, \
         ServiceAccount, quota, limit or node that is missing fails as on a cluster.",
        behaviours()
    )
}

fn parse_kind(word: &str) -> Result<Kind, String> {
    let known = || Kind::ALL.map(Kind::qualified).join(", ");
    Kind::by_word(word)
        .ok_or_else(|| format!("the sandbox keeps no such objects; known: {}", known()))
}
