//! Which environments take what GitHub reports: deployments of a repository there, and packages.

mod package_taker;
mod watched;

pub use package_taker::PackageTaker;
pub(crate) use watched::SOURCES;
pub use watched::{Taker, Watched};
