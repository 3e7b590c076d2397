//! `boathook nodes`: the boathooks on one record, which of them leads, and how far the others are.

use std::time::Duration;

use boathook_core::{clock::date_and_time, duration_text};
use clap::Args;

use crate::{
    cli::{CliError, Exit, SocketArguments, messages, table::headed_table},
    journal::{LeadingNode, NodeList, NodeView},
};

/// `boathook nodes`.
#[derive(Debug, Args)]
pub struct NodesArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    socket: SocketArguments,
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
        Some(LeadingNode { node, since, lease_left_seconds, epoch: _ }) => {
            messages::leads(&node, &date_and_time(since), &seconds(lease_left_seconds))
        }
        None => messages::NOBODY_LEADS.to_owned(),
    };
    let heads = ["NODE", "ROLE", "BEHIND", "READ", "VERSION", "FORMAT", "SEEN"];
    let rows = nodes.iter().map(cells);
    let nodes = headed_table(heads, rows);
    [leader.as_str(), "", &nodes].join("\n")
}

fn cells(node: &NodeView) -> [String; 7] {
    [
        node.name.clone(),
        node.role().to_owned(),
        node.behind.to_string(),
        ago(node.read_seconds_ago),
        node.version.clone(),
        node.format.to_string(),
        ago(node.seen_seconds_ago),
    ]
}

fn ago(time: f64) -> String {
    format!("{} ago", seconds(time))
}

/// Whole seconds are enough; a time that is out of range is none.
fn seconds(time: f64) -> String {
    let time = Duration::try_from_secs_f64(time.round()).unwrap_or_default();
    duration_text::show(time)
}
