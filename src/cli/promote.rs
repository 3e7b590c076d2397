//! `boathook promote`: ends a hold of a deployment under way; with `--to`, sends a promotion that waits
//! now, or ends it.

use boathook_core::{deployment::Environment, rollout::Action};
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::cli::{
    CliError, Exit, SteerArguments, messages,
    steer::Deployment,
    terminal::{Line, print},
};

/// `boathook promote`.
#[derive(Debug, Args)]
pub struct PromoteArguments {
    /// Skip everything before 100 %
    #[arg(long, conflicts_with = "to")]
    full: bool,
    /// Instead of a rollout, a promotion that waits to go to this environment: of the deployment, or
    /// of the service that is named in its place
    #[arg(long, value_name = "ENVIRONMENT", requires = "order")]
    to: Option<Environment>,
    /// Send that promotion now, although its `soak` is not over
    #[arg(long, group = "order", requires = "to")]
    now: bool,
    /// End that promotion
    #[arg(long, group = "order", requires = "to")]
    cancel: bool,
    /// The reason to send it although the environment requires proof; for those whom its
    /// `override_by` names
    #[arg(long, value_name = "TEXT", requires = "now", conflicts_with = "note")]
    reason: Option<String>,
    /// What it is about.
    #[command(flatten)]
    steer: SteerArguments,
}

#[derive(Debug, Deserialize)]
struct Ordered {
    deployment: Deployment,
    to: Environment,
}

impl PromoteArguments {
    /// Asks for it, and prints what was done.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { full, to, now: _, cancel, reason, steer } = self;
        let Some(to) = to else {
            return steer.run(if full { Action::PromoteFully } else { Action::Promote }).await;
        };
        let SteerArguments { id, note, socket } = steer;
        let overrides = reason.is_some();
        let (verb, body) = match cancel {
            true => ("cancel", json!({"of": id, "to": to, "note": note})),
            false => ("hurry", json!({"of": id, "to": to, "note": note, "reason": reason})),
        };
        let Ordered { deployment, to } = socket.post(&["promotions", verb], &body).await?;
        print(Line(&match (cancel, overrides) {
            (true, _) => messages::promotion_cancelled(&deployment.words(), to),
            (false, false) => messages::promotion_hurried(&deployment.words(), to),
            (false, true) => {
                messages::promotion_overridden(&deployment.words(), to, &deployment.id)
            }
        }));
        Ok(Exit::Success)
    }
}
