//! `boathook lock`, `unlock` and `locks`: refuse new requests for a while.

use std::{error::Error, process::ExitCode, time::Duration};

use boathook_core::{
    clock::date_and_time,
    deployment::{Environment, Namespace, ServiceKey, ServiceName},
    duration_text,
};
use clap::Args;
use serde_json::{Value, json};

use crate::{
    cli::{
        Exit, SocketArguments, messages,
        steer::refused,
        table::table,
        terminal::{Line, fail, print},
    },
    journal::Lock,
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
    #[arg(long, value_name = "NAMESPACE/NAME", value_parser = service)]
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
    #[arg(long, value_name = "NAMESPACE/NAME", value_parser = service)]
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

impl LockArguments {
    /// Sets the lock, and prints what it is.
    pub async fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        let Self { environment, reason, duration, service, socket } = self;
        let body = json!({"environment": environment, "service": service, "reason": reason, "for": duration.map(duration_text::show)});
        match socket.post::<Lock>(&["locks"], &body).await {
            Err(error) => return Ok(refused(&error)),
            Ok(lock) => print(Line(&messages::locked(&lock))),
        }
        Ok(Exit::Success.into())
    }
}

impl UnlockArguments {
    /// Ends the lock, and prints where.
    pub async fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        let Self { environment, service, note, socket } = self;
        let body = json!({"environment": environment, "service": service, "note": note});
        match socket.post::<Value>(&["locks", "end"], &body).await {
            Err(error) => return Ok(refused(&error)),
            Ok(answer) => {
                print(Line(&messages::unlocked(&serde_json::from_value(answer["lock"].clone())?)))
            }
        }
        Ok(Exit::Success.into())
    }
}

impl LocksArguments {
    /// Prints the list.
    pub async fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        match self.socket.read::<Value>(&["locks"], &[]).await {
            Err(error) => return Ok(fail(&error, error.exit())),
            Ok(locks) if self.json => print(format_args!("{locks:#}")),
            Ok(locks) => print(shown(serde_json::from_value(locks)?)),
        }
        Ok(Exit::Success.into())
    }
}

fn shown(locks: Vec<Lock>) -> String {
    if locks.is_empty() {
        return messages::NONE_LOCKED.to_owned();
    }
    let heads = ["ENVIRONMENT", "SERVICE", "BY", "SINCE", "UNTIL", "REASON"].map(str::to_owned);
    let cells = locks.into_iter().map(|lock| {
        let Lock { id: _, environment, service, reason, by, since, until } = lock;
        let service =
            service.map_or_else(|| messages::ALL.to_owned(), |service| service.to_string());
        [
            environment.to_string(),
            service,
            by,
            date_and_time(since),
            until.map_or_else(|| messages::UNTIL_UNLOCKED.to_owned(), date_and_time),
            reason,
        ]
    });
    table(&std::iter::once(heads).chain(cells).collect::<Vec<_>>())
}

fn service(text: &str) -> Result<ServiceKey, String> {
    let (namespace, name) =
        text.split_once('/').ok_or("expected a namespace and a name, such as game-prod/game")?;
    let reported = |error: boathook_core::deployment::InvalidName| error.to_string();
    Ok(ServiceKey {
        namespace: Namespace::parse(namespace).map_err(reported)?,
        service: ServiceName::parse(name).map_err(reported)?,
    })
}
