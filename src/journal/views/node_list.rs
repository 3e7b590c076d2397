//! The boathooks on one record, as commands and pages show them: which of them leads, and how far the
//! others are.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::{Node, Nodes};

/// The boathooks on one record.
#[derive(Debug, Serialize, Deserialize)]
pub struct NodeList {
    /// Whether there can be others: the record is in a database.
    pub shared: bool,
    pub leader: Option<LeadingNode>,
    pub nodes: Vec<NodeView>,
}

/// Which one leads, by the database's clock.
#[derive(Debug, Serialize, Deserialize)]
pub struct LeadingNode {
    pub node: String,
    pub since: Timestamp,
    /// How long it still leads if it does not renew its lease.
    pub lease_left_seconds: f64,
    /// How often the lead was taken.
    pub epoch: u64,
}

/// One of them, as it last said of itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct NodeView {
    pub name: String,
    pub leads: bool,
    /// Whether it was not seen for a while.
    pub away: bool,
    pub version: String,
    /// The newest format of the record that it knows.
    pub format: u32,
    pub started: Timestamp,
    pub seen: Timestamp,
    pub seen_seconds_ago: f64,
    /// Records that it does not show yet, and since when it could not read them.
    pub behind: u64,
    pub read_seconds_ago: f64,
    /// The last record that its audit log has.
    pub audited: u64,
}

impl NodeList {
    /// That of a record which only this boathook reads.
    #[must_use]
    pub const fn of_one() -> Self {
        Self { shared: false, leader: None, nodes: Vec::new() }
    }

    /// What a database says.
    #[must_use]
    pub fn of(found: &Nodes) -> Self {
        let lease = Some(&found.lease).filter(|lease| !lease.has_ended());
        let leader = lease.map(|lease| LeadingNode {
            node: lease.node.clone(),
            since: lease.since,
            lease_left_seconds: lease.left.as_secs_f64(),
            epoch: lease.epoch,
        });
        let nodes = found.nodes.iter().map(|node| NodeView::of(found, node)).collect();
        Self { shared: true, leader, nodes }
    }
}

impl NodeView {
    fn of(found: &Nodes, node: &Node) -> Self {
        Self {
            name: node.name.clone(),
            leads: found.leads(node),
            away: node.is_away(),
            version: node.version.clone(),
            format: node.format,
            started: node.started,
            seen: node.seen,
            seen_seconds_ago: node.seen_before.as_secs_f64(),
            behind: found.behind(node),
            read_seconds_ago: (node.seen_before + node.progress.looked_before).as_secs_f64(),
            audited: node.progress.audited,
        }
    }

    /// Its role, in words.
    #[must_use]
    pub const fn role(&self) -> &'static str {
        match (self.away, self.leads) {
            (true, true) => "leads, but is away",
            (true, false) => "away",
            (false, true) => "leads",
            (false, false) => "follows",
        }
    }
}
