//! `boathook lock`, `unlock` and `locks`: refuse new requests for a while.

use std::time::Duration;

use boathook_core::{
    clock::date_and_time,
    deployment::{Environment, ServiceKey},
    duration_text,
    record::Lock,
};
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::cli::{
    CliError, Exit, SocketArguments, messages,
    service::parse_service,
    table::headed_table,
    terminal::{Line, print},
};

/// `boathook lock`.
#[derive(Debug, Args)]
pub struct LockArguments {
    /// The environment to lock
    environment: Environment,
    /// The reason; senders see it
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// How long, such as 30m, 2h or 7d [default: until it is unlocked]
    #[arg(long = "for", value_name = "TIME", value_parser = duration_text::parse_positive)]
    duration: Option<Duration>,
    /// Only this service
    #[arg(long, value_name = "NAMESPACE/NAME", value_parser = parse_service)]
    service: Option<ServiceKey>,
    #[command(flatten)]
    socket: SocketArguments,
}

/// `boathook unlock`.
#[derive(Debug, Args)]
pub struct UnlockArguments {
    /// The environment to unlock
    environment: Environment,
    /// The lock of this service, not that of the whole environment
    #[arg(long, value_name = "NAMESPACE/NAME", value_parser = parse_service)]
    service: Option<ServiceKey>,
    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    socket: SocketArguments,
}

/// `boathook locks`.
#[derive(Debug, Args)]
pub struct LocksArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    socket: SocketArguments,
}

/// boathook's answer to the end of a lock.
#[derive(Debug, Deserialize)]
struct Unlocked {
    lock: Lock,
}

impl LockArguments {
    /// Sets the lock, and prints what it is.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { environment, reason, duration, service, socket } = self;
        let body = json!({"environment": environment, "service": service, "reason": reason, "for": duration.map(duration_text::show)});
        let lock: Lock = socket.post(&["locks"], &body).await?;
        print(Line(&messages::locked(&lock)));
        Ok(Exit::Success)
    }
}

impl UnlockArguments {
    /// Ends the lock, and prints where.
    pub async fn run(self) -> Result<Exit, CliError> {
        let Self { environment, service, note, socket } = self;
        let body = json!({"environment": environment, "service": service, "note": note});
        let Unlocked { lock } = socket.post(&["locks", "end"], &body).await?;
        print(Line(&messages::unlocked(&lock)));
        Ok(Exit::Success)
    }
}

impl LocksArguments {
    /// Prints the list.
    pub async fn run(self) -> Result<Exit, CliError> {
        self.socket.print(&["locks"], &[], self.json, shown).await
    }
}

fn shown(locks: Vec<Lock>) -> String {
    if locks.is_empty() {
        return messages::NONE_LOCKED.to_owned();
    }
    let heads = ["ENVIRONMENT", "SERVICE", "BY", "SINCE", "UNTIL", "REASON"];
    let cells = locks.into_iter().map(|lock| {
        let Lock { id: _, environment, service, reason, by, since, until } = lock;
        let service =
            service.map_or_else(|| messages::ALL.to_owned(), |service| service.to_string());
        [
            environment.to_string(),
            service,
            by.to_string(),
            date_and_time(since),
            until.map_or_else(|| messages::UNTIL_UNLOCKED.to_owned(), date_and_time),
            reason,
        ]
    });
    headed_table(heads, cells)
}
