//! What is known of the boathooks on one record.

use std::time::Duration;

use jiff::Timestamp;

use crate::journal::Lease;

/// One boathook, as it last said of itself. Its times are by the database's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// When its process began to take part.
    pub started: Timestamp,
    /// Its version.
    pub version: String,
    /// The newest format of the record that it knows.
    pub format: u32,
    /// When it last said so.
    pub seen: Timestamp,
    /// How long ago that was.
    pub seen_before: Duration,
    /// How far it had read the record.
    pub progress: NodeProgress,
}

/// How far a boathook has come with the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeProgress {
    /// The last record that it shows.
    pub applied: u64,
    /// How long ago it last read the record to its end.
    pub looked_before: Duration,
    /// The last record that its audit log has on disk.
    pub audited: u64,
    /// Whether it says that it leads.
    pub leads: bool,
}

/// All of them, and which one leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nodes {
    /// By name.
    pub nodes: Vec<Node>,
    /// Who leads, as the database says.
    pub lease: Lease,
    /// The last record.
    pub last_sequence: u64,
}

impl Node {
    /// One that was not seen for longer is away.
    pub const AWAY_AFTER: Duration = Duration::from_secs(10);

    /// Whether it has not been seen lately.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.seen_before > Self::AWAY_AFTER
    }
}

impl Nodes {
    /// The records that one lacks.
    #[must_use]
    pub const fn behind(&self, node: &Node) -> u64 {
        self.last_sequence.saturating_sub(node.progress.applied)
    }

    /// Whether that one leads: it has the lease, and the lease lasts.
    #[must_use]
    pub fn leads(&self, node: &Node) -> bool {
        !self.lease.has_ended() && self.lease.node == node.name
    }
}
