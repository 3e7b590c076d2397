//! What is stored on disk, and for how long.

use std::path::PathBuf;

use boathook_core::fault::Fault;
use serde::Deserialize;

use crate::{config::PostgresConfig, journal::NodeName};

/// What is stored on disk, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// The folder of the record, and of everything else that is boathook's own.
    pub directory: PathBuf,
    /// Where the record is instead, if it is not in that folder.
    pub postgres: Option<PostgresConfig>,
    /// The name of this node among the boathooks on one record; the host's name if there is none here.
    pub node: Option<NodeName>,
    /// Days that an ended deployment is kept.
    pub keep_days: u32,
    /// The maximum number of ended deployments to keep.
    pub keep_count: u32,
}

impl State {
    pub(super) fn faults(&self) -> Vec<Fault> {
        let Self { directory: _, postgres: _, node: _, keep_days, keep_count: _ } = self;
        Fault::of([(
            *keep_days > 0,
            "keep_days",
            "must be at least 1: a pruned request could be sent a second time",
        )])
    }
}
