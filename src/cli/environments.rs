//! `boathook environments`: which environments there are, where their successes go, what each asks of
//! a request, and what is on its way to them. The configuration's part of the answer is declared here
//! again, because `cli` may not import the server's type.

use boathook_core::{
    clock::date_and_time,
    deploy_windows::{EnvironmentState, Obstacles, Outlook},
    deployment::Environment,
};
use clap::Args;
use serde::Deserialize;

use crate::{
    cli::{CliError, Exit, SocketArguments, messages, table::headed_table},
    journal::{Coming, Pipeline, Stop},
};

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
struct Graph {
    environments: Vec<Row>,
    pipelines: Vec<Pipeline>,
}

#[derive(Debug, Deserialize)]
struct Row {
    environment: Environment,
    aliases: Vec<Environment>,
    enabled: bool,
    frozen: Option<String>,
    locked: Option<String>,
    windows: Option<Outlook>,
    promotes: Vec<Target>,
    requires: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Target {
    to: Environment,
    when: String,
    soak: Option<String>,
    wave: Option<usize>,
    url: Option<String>,
}

impl EnvironmentsArguments {
    /// Prints the graph.
    pub async fn run(self) -> Result<Exit, CliError> {
        self.socket.print(&["environments"], &[], self.json, shown).await
    }
}

fn shown(Graph { environments, pipelines }: Graph) -> String {
    if environments.is_empty() {
        return messages::NO_ENVIRONMENTS.to_owned();
    }
    let heads = ["ENVIRONMENT", "ALIASES", "PROMOTES TO", "REQUIRES", "STATE"];
    let rows = environments.iter().map(Row::cells);
    let graph = headed_table(heads, rows);
    let stops = pipelines.iter().flat_map(|pipeline| &pipeline.stops);
    let coming: Vec<_> =
        stops.flat_map(|stop| stop.coming.iter().map(|one| coming(stop, one))).collect();
    if coming.is_empty() {
        return graph;
    }
    let heads = ["ENVIRONMENT", "SERVICE", "IMAGE", "STATUS", "DEPLOYMENT", "WHY"];
    let coming = headed_table(heads, coming);
    [graph.as_str(), "", messages::ON_THE_WAY, &coming].join("\n")
}

fn coming(stop: &Stop, coming: &Coming) -> [String; 6] {
    let until = coming.until.map(date_and_time);
    let why = coming.why.iter().cloned().chain(until).collect::<Vec<_>>();
    [
        stop.environment.to_string(),
        format!("{}/{}", stop.namespace, stop.service),
        coming.image.short(),
        coming.status_words(),
        coming.deployment.to_string(),
        why.join(" "),
    ]
}

impl Row {
    fn cells(&self) -> [String; 5] {
        let promotes = self.promotes.iter().map(Target::shown).collect::<Vec<_>>();
        [
            self.environment.to_string(),
            self.aliases.iter().map(Environment::to_string).collect::<Vec<_>>().join(", "),
            promotes.join(", "),
            self.requires.join(", "),
            self.state(),
        ]
    }

    fn state(&self) -> String {
        let state = EnvironmentState::of(Obstacles {
            enabled: self.enabled,
            frozen: self.frozen.as_deref(),
            locked: self.locked.as_deref(),
            windows: self.windows.as_ref(),
        });
        let name = state.name();
        match (state.reason(), state.opens_at()) {
            (Some(reason), _) => format!("{name}: {reason}"),
            (None, Some(until)) => format!("{name} until {}", date_and_time(until)),
            (None, None) => name.to_owned(),
        }
    }
}

impl Target {
    fn shown(&self) -> String {
        let Self { to, when, soak, wave, url } = self;
        let at = url.as_ref().map_or_else(String::new, |url| format!(" at {url}"));
        let soak = soak.as_ref().map_or_else(String::new, |soak| format!(" after {soak}"));
        let wave = wave.map_or_else(String::new, |wave| format!(", wave {wave}"));
        format!("{to}{at} ({when}{soak}{wave})")
    }
}
