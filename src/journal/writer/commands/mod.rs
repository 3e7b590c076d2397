//! The commands, a file each: what it consists of, and how it is decided.

mod accept;
mod accept_order;
mod append;
mod keep_cursor;
mod keep_github_deployment;
mod locks;
mod ping;
mod prune;
mod release;
mod retry;
mod roll_back_watched;
mod withdrawals;

pub(in crate::journal) use accept::Accept;
pub(in crate::journal) use accept_order::AcceptOrder;
pub(in crate::journal) use append::{Append, AppendThen};
pub(in crate::journal) use keep_cursor::KeepCursor;
pub(in crate::journal) use keep_github_deployment::{KeepError, KeepGitHubDeployment};
pub(in crate::journal) use locks::{SetLock, Unlock};
pub(in crate::journal) use ping::Ping;
pub(in crate::journal) use prune::Prune;
pub(in crate::journal) use release::Release;
pub(in crate::journal) use retry::Retry;
pub(in crate::journal) use roll_back_watched::RollBackWatched;
pub(in crate::journal) use withdrawals::{Reinstate, Withdraw};
