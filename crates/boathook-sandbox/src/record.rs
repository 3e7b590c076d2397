//! The log of what was done to the cluster.

use std::collections::BTreeMap;

use crate::names::ObjectName;

/// Runs, reads, writes, traffic and requests.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub commands: Vec<String>,
    pub reads: Vec<String>,
    pub writes: Vec<String>,
    pub traffic: BTreeMap<ObjectName, Vec<String>>,
    pub requests: BTreeMap<ObjectName, u64>,
    /// Those of them that asked for a path which their program never fails.
    pub spared: BTreeMap<ObjectName, u64>,
    /// The answers of programs, by revision and status.
    pub answers: BTreeMap<(ObjectName, u16), u64>,
}
