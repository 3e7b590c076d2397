//! Deployments on GitHub, however boathook learns of them: what one asks for, and which environment
//! takes it.

mod deployment;
mod unsigned;
mod watched;

pub(crate) use deployment::{Asks, Deployment};
pub(crate) use unsigned::request;
pub(crate) use watched::SOURCES;
pub use watched::{Taker, Watched};
