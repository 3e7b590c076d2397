//! The record: what happened to each deployment, in order, on disk before anyone learns of it.
//!
//! It schedules nothing and runs nothing.

mod handle;
mod inbox;
mod locked;
mod retention;
mod store;
mod views;
mod writer;

pub use handle::{
    Changes, Follower, Journal, OrderedRollback, ProvenDigests, RedeployError, RedeployOrder,
    Redeployable, RollbackError, RollbackOrder,
};
pub use retention::Retention;
pub use store::{
    BackUpError, Batch, BatchReader, Cause, Copied, CopyError, CopyMark, CopyPlace, CopyStep,
    Cutoff, DatabaseUrl, EachRowReader, Filter, GitHubDeployment, InboxAnswer, Inspected,
    InspectedDatabase, LEASE_LASTS, Lease, NoNodeName, NoSchemaName, Node, NodeName, NodeProgress,
    Nodes, Notices, PackedBundle, PostgresError, PostgresOptions, PostgresStore, ProvenImage,
    Prunable, Row, RowReader, SchemaName, Served, Service, Signer, SqliteStore, Statement, Store,
    StoreError, StoreOptions, StoreReader, Success, Summary, UrlError, back_up, copied_columns,
    copy, copy_mark_of, inspect, inspect_database, is_in_use, new_token,
};
pub use views::{
    Asked, Coming, DeploymentDetail, DeploymentView, Direction, Fact, FactValue, LeadingNode,
    NewestDeployment, NodeList, NodeView, Pipeline, Probed, Program, ServiceView, ServingRevision,
    Share, StepActivity, StepStatus, StepView, Stop, StopPlace, Way, WayKind, finding_words,
    seconds, status_words,
};
pub use writer::{
    AcceptError, Accepted, AppendError, Commits, DatedEvent, FollowUp, LockError, ReleaseError,
    RetryError, WatchRollbackError, WithdrawalError, Withdrawn,
};

/// The journal's file in the state directory.
pub const FILE: &str = "journal.db";
