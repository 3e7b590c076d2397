//! `boathook logs`: what an application logs, read by the running boathook from the pods of one
//! revision.

use boathook_core::deployment::{Environment, RevisionName, Role, ServiceKey};
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::cli::{
    CliError, Exit, SocketArguments,
    terminal::{Line, print_to_reader, print_to_stderr},
};

/// `boathook logs`.
#[derive(Debug, Args)]
pub struct LogsArguments {
    /// A deployment (boathook's id or the sender's deployment_id), or a service: its name, or
    /// NAMESPACE/NAME
    #[arg(value_name = "ID|SERVICE")]
    of: String,
    /// The new revision [default: the new revision where there is one, otherwise the one that
    /// serves]
    #[arg(long, conflicts_with = "stable")]
    candidate: bool,
    /// The revision that served before the rollout, or that serves
    #[arg(long)]
    stable: bool,
    /// Go on with new lines of the pods that are there now, for an hour at most
    #[arg(short, long)]
    follow: bool,
    /// How many lines of each pod, from the end
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(..=10_000))]
    tail: u32,
    /// The container [default: the first one, which is the application]
    #[arg(short, long)]
    container: Option<String>,
    /// Only of this environment
    #[arg(long)]
    environment: Option<Environment>,
    /// Only of this namespace
    #[arg(long)]
    namespace: Option<String>,
    #[command(flatten)]
    socket: SocketArguments,
}

/// One document of the answer.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Document {
    Line {
        line: String,
    },
    Failed {
        error: String,
    },
    /// Which revision it is.
    Begun {
        revision: RevisionName,
        service: ServiceKey,
        environment: Environment,
    },
    /// The log has ended.
    Ended {},
}

impl LogsArguments {
    /// Prints the lines until the log ends, or nobody reads them any more.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { of, candidate, stable, follow, tail, container, environment, namespace, socket } =
            self;
        let role = [(candidate, Role::Candidate), (stable, Role::Stable)];
        let role = role.into_iter().find_map(|(wanted, role)| wanted.then_some(role));
        let body = json!({
            "of": of, "role": role, "follow": follow, "tail": tail, "container": container,
            "environment": environment, "namespace": namespace,
        });
        let mut answer = socket.stream(&["logs"], &body).await?;
        while let Some(text) = answer.line().await? {
            match serde_json::from_str(&text).map_err(CliError::Unread)? {
                Document::Line { line } if print_to_reader(Line(&line)) => {}
                Document::Line { .. } => break,
                Document::Failed { error } => return Err(CliError::NotShown(error)),
                Document::Begun { revision, service, environment } => {
                    let begun = format!("{revision} of {service} in {environment}");
                    print_to_stderr(Line(&begun));
                }
                Document::Ended {} if follow => {
                    print_to_stderr("the pods that were followed have ended");
                }
                Document::Ended {} => {}
            }
        }
        Ok(Exit::Success)
    }
}
