//! `boathook environments`: which environments there are, where their successes go, and what each
//! asks of a request.

use boathook_core::deployment::Environment;
use clap::Args;
use serde::Deserialize;

use crate::cli::{CliError, Exit, SocketArguments, messages, table::table};

/// `boathook environments`.
#[derive(Debug, Args)]
pub struct EnvironmentsArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    socket: SocketArguments,
}

#[derive(Debug, Deserialize)]
struct Row {
    environment: Environment,
    aliases: Vec<Environment>,
    enabled: bool,
    frozen: Option<String>,
    promotes: Vec<Target>,
    requires: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Target {
    to: Environment,
    when: String,
    url: Option<String>,
}

impl EnvironmentsArguments {
    /// Prints the graph.
    pub async fn run(self) -> Result<Exit, CliError> {
        self.socket.print(&["environments"], &[], self.json, shown).await
    }
}

fn shown(rows: Vec<Row>) -> String {
    if rows.is_empty() {
        return messages::NO_ENVIRONMENTS.to_owned();
    }
    let heads = ["ENVIRONMENT", "ALIASES", "PROMOTES TO", "REQUIRES", "STATE"].map(str::to_owned);
    let cells = rows.into_iter().map(|row| {
        let Row { environment, aliases, enabled, frozen, promotes, requires } = row;
        let aliases = aliases.iter().map(Environment::to_string).collect::<Vec<_>>();
        let promotes = promotes.iter().map(Target::shown).collect::<Vec<_>>();
        [
            environment.to_string(),
            aliases.join(", "),
            promotes.join(", "),
            requires.join(", "),
            messages::environment_state(enabled, frozen.as_deref()),
        ]
    });
    table(&std::iter::once(heads).chain(cells).collect::<Vec<_>>())
}

impl Target {
    fn shown(&self) -> String {
        let Self { to, when, url } = self;
        let at = url.as_ref().map_or_else(String::new, |url| format!(" at {url}"));
        format!("{to}{at} ({when})")
    }
}
