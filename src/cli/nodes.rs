//! `boathook nodes`: the boathooks on one record, which of them leads, and how far the others are.

use std::time::Duration;

use boathook_core::{clock::date_and_time, duration_text};
use clap::Args;
use jiff::Timestamp;
use serde::Deserialize;

use crate::cli::{CliError, Exit, SocketArguments, messages, table::table};

/// `boathook nodes`.
#[derive(Debug, Args)]
pub struct NodesArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    socket: SocketArguments,
}

#[derive(Debug, Deserialize)]
struct NodeList {
    shared: bool,
    leader: Option<Leader>,
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Leader {
    node: String,
    since: Timestamp,
    lease_left_seconds: f64,
}

#[derive(Debug, Deserialize)]
struct Node {
    name: String,
    leads: bool,
    away: bool,
    version: String,
    format: u32,
    seen_seconds_ago: f64,
    behind: u64,
    read_seconds_ago: f64,
}

impl NodesArguments {
    /// Prints them.
    pub async fn run(self) -> Result<Exit, CliError> {
        self.socket.print(&["nodes"], &[], self.json, shown).await
    }
}

fn shown(NodeList { shared, leader, nodes }: NodeList) -> String {
    if !shared {
        return messages::ONE_NODE.to_owned();
    }
    let leader = match leader {
        Some(Leader { node, since, lease_left_seconds }) => {
            messages::leads(&node, &date_and_time(since), &seconds(lease_left_seconds))
        }
        None => messages::NOBODY_LEADS.to_owned(),
    };
    let heads = ["NODE", "ROLE", "BEHIND", "READ", "VERSION", "FORMAT", "SEEN"].map(str::to_owned);
    let rows = nodes.iter().map(Node::cells);
    let nodes = table(&std::iter::once(heads).chain(rows).collect::<Vec<_>>());
    [leader.as_str(), "", &nodes].join("\n")
}

impl Node {
    fn cells(&self) -> [String; 7] {
        let role = match (self.away, self.leads) {
            (true, true) => "leads, but is away",
            (true, false) => "away",
            (false, true) => "leads",
            (false, false) => "follows",
        };
        [
            self.name.clone(),
            role.to_owned(),
            self.behind.to_string(),
            ago(self.read_seconds_ago),
            self.version.clone(),
            self.format.to_string(),
            ago(self.seen_seconds_ago),
        ]
    }
}

fn ago(time: f64) -> String {
    format!("{} ago", seconds(time))
}

/// Whole seconds are enough; a time that is out of range is none.
fn seconds(time: f64) -> String {
    let time = Duration::try_from_secs_f64(time.round()).unwrap_or_default();
    duration_text::show(time)
}
