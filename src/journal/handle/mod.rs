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

pub use follower::{Changes, Follower};
pub(in crate::journal) use journal::new_id;
pub use journal::{Journal, new_token};
pub use order_redeploy::{RedeployError, RedeployOrder, Redeployable};
pub use order_rollback::{OrderedRollback, RollbackError, RollbackOrder};
pub use proofs::ProvenDigests;
