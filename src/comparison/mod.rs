//! Compares objects as they are in the cluster with what a deployment makes of them, for people to
//! read: without secrets, without what nobody wrote, and of limited length.
//!
//! It reads nothing of the cluster: its callers bring both sides. `kubectl diff` brings them through
//! the folders that it gives to its external program, which is this one
//! ([`compare_folders`]).

mod folders;
mod hidden;
mod noise;
mod pair;
mod report;
mod sides;
mod unified;

pub use folders::{COMPARE_FOLDERS, compare_folders};
pub use pair::{Pair, UnreadablePairs, pairs};
pub use report::Report;
pub use sides::{Comparison, Sides};
