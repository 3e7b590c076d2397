//! `boathook rollback`: an operator returns a service to an earlier revision.

use boathook_core::{
    deployment::{Digest, ImageRef},
    record::KeepsOut,
};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cli::{
    CliError, Exit, messages,
    service_arguments::ServiceArguments,
    steer::Deployment,
    terminal::{Line, print},
};

/// `boathook rollback`.
#[derive(Debug, Args, Serialize)]
pub struct RollbackArguments {
    #[command(flatten)]
    #[serde(flatten)]
    order: ServiceArguments,
    /// The deployment to return to, by boathook's id or the sender's [default: the one before]
    #[arg(long, value_name = "DEPLOYMENT")]
    to: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Answer {
    deployment: Deployment,
    to: Served,
    from: Option<Served>,
    withdrawn: Option<Digest>,
    serves_in: Vec<String>,
    keeps_out: KeepsOut,
}

/// A revision that serves or served, and its image.
#[derive(Debug, Deserialize)]
struct Served {
    revision: String,
    image: ImageRef,
}

impl Served {
    /// What serves again, and what of it is another than `now`.
    fn in_words(&self, now: Option<&Self>) -> String {
        let Self { revision, image } = self;
        let same =
            now.filter(|now| image.digest().is_some() && now.image.digest() == image.digest());
        let same = same.filter(|now| now.revision != *revision).map(|now| {
            format!(
                ": the same image as {}, which serves now; only the manifest may differ",
                now.revision
            )
        });
        format!("to {revision}, {image}{}", same.unwrap_or_default())
    }
}

impl RollbackArguments {
    /// Requests the rollback, and prints what was accepted.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Answer { deployment, to, from, withdrawn, serves_in, keeps_out } =
            self.order.socket.post(&["rollbacks"], &json!(self)).await?;
        let accepted = messages::rolling_back(&deployment.id, &deployment.place());
        print(Line(&format!("{accepted} {}", to.in_words(from.as_ref()))));
        print(Line(&messages::held(&deployment.place(), keeps_out, &deployment.release())));
        if let Some(digest) = withdrawn {
            print(Line(&messages::withdrawn(&digest)));
        }
        for place in serves_in {
            print(Line(&messages::still_serves(&place)));
        }
        print(Line(&messages::follow(&deployment.id)));
        Ok(Exit::Success)
    }
}
