//! The vocabulary: what a deployment is made of, parsed once at the edge and trusted everywhere after.
//!
//! Nothing here reads a file, opens a socket or waits.

mod digest;
mod environment;
mod ids;
mod image_ref;
mod in_full;
mod key_use;
mod names;
mod not_proven;
mod probe_header;
mod promotion;
mod rehearsal;
mod request;
mod signature;
mod split;
mod strategy;

pub use digest::{Digest, InvalidDigest};
pub use environment::{Environment, UnknownEnvironment};
pub use ids::{DeploymentId, InvalidDeploymentId, JobId, Token};
pub use image_ref::{ImageRef, InvalidImageRef};
pub use in_full::in_full;
pub use key_use::KeyUse;
pub use names::{InvalidName, Namespace, RevisionName, ServiceKey, ServiceName, TAG};
pub use not_proven::NotProven;
pub use probe_header::probe_header_fault;
pub use promotion::Promotion;
pub use rehearsal::Rehearsal;
pub use request::{BODY_MAX, DeployRequest, Identity};
pub use signature::{SIGNATURE_HEADER, keyed, sign};
pub use split::{Percent, PercentOutOfRange, Split};
pub use strategy::{Strategy, UnknownStrategy};
