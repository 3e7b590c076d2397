//! `GET /v1/nodes`: the boathooks on this one's record, and which of them leads. The dashboard shows
//! the same.

use actix_web::{HttpResponse, web::Data};
use jiff::Timestamp;
use serde::Serialize;
use tokio::task::spawn_blocking;

use crate::{
    journal::{Node, Nodes, StoreError},
    server::{ApiError, OperatorState},
};

/// The boathooks on one record.
#[derive(Debug, Serialize)]
pub(super) struct NodeList {
    /// Whether there can be others: the record is in a database.
    pub shared: bool,
    pub leader: Option<Leader>,
    pub nodes: Vec<NodeRow>,
}

/// Which one leads, by the database's clock.
#[derive(Debug, Serialize)]
pub(super) struct Leader {
    pub node: String,
    pub since: Timestamp,
    /// How long it still leads if it does not renew its lease.
    pub lease_left_seconds: f64,
    /// How often the lead was taken.
    pub epoch: u64,
}

/// One of them, as it last said of itself.
#[derive(Debug, Serialize)]
pub(super) struct NodeRow {
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

pub async fn list(operators: Data<OperatorState>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(NodeList::read(&operators).await?))
}

impl NodeList {
    /// What the database says now.
    pub(super) async fn read(operators: &OperatorState) -> Result<Self, StoreError> {
        let Some(store) = operators.shared.clone() else {
            return Ok(Self { shared: false, leader: None, nodes: Vec::new() });
        };
        let found = spawn_blocking(move || store.nodes()).await;
        Ok(Self::of(&found.unwrap_or(Err(StoreError::Stopped))?))
    }

    fn of(found: &Nodes) -> Self {
        let lease = Some(&found.lease).filter(|lease| !lease.has_ended());
        let leader = lease.map(|lease| Leader {
            node: lease.node.clone(),
            since: lease.since,
            lease_left_seconds: lease.left.as_secs_f64(),
            epoch: lease.epoch,
        });
        let nodes = found.nodes.iter().map(|node| NodeRow::of(found, node)).collect();
        Self { shared: true, leader, nodes }
    }
}

impl NodeRow {
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
    pub(super) const fn role(&self) -> &'static str {
        match (self.away, self.leads) {
            (true, true) => "leads, but is away",
            (true, false) => "away",
            (false, true) => "leads",
            (false, false) => "follows",
        }
    }
}
