//! `boathook withdraw`, `reinstate` and `withdrawals`: which digests count as proven.

use boathook_core::{clock::date_and_time, deployment::Actor, proof::Withdrawal};
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::cli::{
    CliError, Exit, SocketArguments, messages,
    table::headed_table,
    terminal::{Line, print},
};

/// `boathook withdraw` and `reinstate`.
#[derive(Debug, Args)]
pub struct DigestArguments {
    /// The digest: sha256:... alone, or behind an image
    digest: String,
    /// The reason; senders whose deployments are refused see it
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    socket: SocketArguments,
}

/// `boathook withdrawals`.
#[derive(Debug, Args)]
pub struct WithdrawalsArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    socket: SocketArguments,
}

#[derive(Debug, Deserialize)]
struct Withdrawn {
    withdrawal: Withdrawal,
    ended: Vec<String>,
    serves_in: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Reinstated {
    withdrawal: Withdrawal,
}

impl DigestArguments {
    /// Withdraws the digest, and prints what ended with it and where it serves.
    pub async fn withdraw(self) -> Result<Exit, CliError> {
        let Self { digest, reason, socket } = self;
        let body = json!({"digest": digest, "reason": reason});
        let Withdrawn { withdrawal, ended, serves_in } =
            socket.post(&["withdrawals"], &body).await?;
        print(Line(&messages::withdrawn(&withdrawal.digest)));
        for id in ended {
            print(Line(&messages::promotion_ended(&id)));
        }
        for place in serves_in {
            print(Line(&messages::still_serves(&place)));
        }
        Ok(Exit::Success)
    }

    /// Reinstates the digest, and prints what it was withdrawn for.
    pub async fn reinstate(self) -> Result<Exit, CliError> {
        let Self { digest, reason, socket } = self;
        let body = json!({"digest": digest, "reason": reason});
        let Reinstated { withdrawal } = socket.post(&["withdrawals", "end"], &body).await?;
        print(Line(&messages::reinstated(&withdrawal)));
        Ok(Exit::Success)
    }
}

impl WithdrawalsArguments {
    /// Prints the list.
    pub async fn run(self) -> Result<Exit, CliError> {
        self.socket.print(&["withdrawals"], &[], self.json, shown).await
    }
}

fn shown(withdrawals: Vec<Withdrawal>) -> String {
    if withdrawals.is_empty() {
        return messages::NONE_WITHDRAWN.to_owned();
    }
    let heads = ["DIGEST", "BY", "SINCE", "REASON"];
    let cells = withdrawals.into_iter().map(|withdrawal| {
        let by = withdrawal.by().map_or("boathook", |Actor { user, note: _ }| user).to_owned();
        let Withdrawal { id: _, digest, cause, since } = withdrawal;
        [digest.to_string(), by, date_and_time(since), cause.to_string()]
    });
    headed_table(heads, cells)
}
