//! `boathook redeploy`: an operator deploys the image that serves once more, with the manifests as
//! they are now.

use clap::Args;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::cli::{
    CliError, Exit, messages,
    service_arguments::ServiceArguments,
    steer::Deployment,
    terminal::{Line, print},
};

/// `boathook redeploy`.
#[derive(Debug, Args)]
pub struct RedeployArguments {
    #[command(flatten)]
    order: ServiceArguments,
}

#[derive(Debug, Deserialize)]
struct Answer {
    deployment: Deployment,
    serves: Served,
    /// What is under way or waits for the service.
    before: Vec<String>,
    /// What goes on waiting for an approval or a window.
    waiting: Vec<String>,
    approve_until: Option<Timestamp>,
    approvals: Option<u32>,
    opens_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
struct Served {
    image: String,
}

impl RedeployArguments {
    /// Requests the redeploy, and prints what was accepted.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { order } = self;
        let answer = order.socket.post(&["redeploys"], &json!(order)).await?;
        let Answer {
            deployment,
            serves: Served { image },
            before,
            waiting,
            approve_until,
            approvals,
            opens_at,
        } = answer;
        print(Line(&messages::redeploying(&deployment.id, &deployment.place(), &image)));
        for id in before {
            print(Line(&messages::waits_for(&id)));
        }
        for id in waiting {
            print(Line(&messages::goes_on_waiting(&id)));
        }
        if let Some(until) = approve_until {
            print(Line(&messages::awaits_approval(until, approvals.unwrap_or(1))));
        }
        if let Some(opens_at) = opens_at {
            print(Line(&messages::awaits_window(opens_at, None)));
        }
        print(Line(&messages::follow(&deployment.id)));
        Ok(Exit::Success)
    }
}
