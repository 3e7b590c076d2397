//! How a follower has the leader decide: the requests that travel, the follower's side, and the
//! leader's.

pub(in crate::journal) mod mirroring;
pub(in crate::journal) mod outbox;
pub(in crate::journal) mod request;
pub(in crate::journal) mod take;
mod waiting;
