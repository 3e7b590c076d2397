//! The handle on the journal that everyone holds.

mod bundles;
mod follower;
mod github_deployments;
mod held_up;
mod holds;
pub(in crate::journal) mod journal;
mod locks;
mod order;
mod order_redeploy;
mod order_rollback;
mod proofs;
mod roll_back_watched;
mod source_cursors;
mod watch;
mod withdrawals;
mod writing;

pub use follower::{Changes, Follower};
pub use journal::Journal;
pub use order_redeploy::{RedeployError, RedeployOrder, Redeployable};
pub use order_rollback::{OrderedRollback, RollbackError, RollbackOrder};
pub use proofs::ProvenDigests;
