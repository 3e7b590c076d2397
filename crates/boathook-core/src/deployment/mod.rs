//! The vocabulary: what a deployment is made of, parsed once on arrival and trusted everywhere
//! after.
//!
//! Nothing here reads a file, opens a socket or waits.

mod actor;
mod artifact_ref;
mod beginning;
mod bundle;
mod bundle_digest;
mod bundle_path;
mod digest;
mod dry_run_report;
mod environment;
mod environments;
mod error_chain;
mod ids;
mod image_ref;
mod key;
mod key_use;
mod log_request;
mod names;
mod object_change;
mod probe_header;
mod promotion;
mod repository;
mod request;
mod request_outcome;
mod requested_manifests;
mod shell_word;
mod signature;
mod split;
mod strategy;
mod unprintable;

pub use actor::{Actor, Requester};
pub use artifact_ref::{ArtifactRef, InvalidArtifactRef};
pub use beginning::{beginning, marked_beginning};
pub use bundle::Bundle;
pub use bundle_digest::BundleDigest;
pub use bundle_path::{BundlePath, InvalidBundlePath};
pub use digest::{Digest, InvalidDigest};
pub use dry_run_report::DryRunReport;
pub use environment::{Environment, InvalidEnvironment};
pub use environments::{Environments, NamedEnvironment, UnknownEnvironment};
pub use error_chain::error_chain;
pub use ids::{DeploymentId, ExternalId, InvalidExternalId, Token};
pub use image_ref::{ImageRef, InvalidImageRef};
pub use key::Key;
pub use key_use::KeyUse;
pub use log_request::{LogReading, LogRequest, Role};
pub use names::{InvalidName, Namespace, RevisionName, ServiceKey, ServiceName, TAG};
pub use object_change::{ChangeKind, ObjectChange};
pub use probe_header::probe_header_fault;
pub use promotion::Promotion;
pub use repository::{InvalidRepository, Repository};
pub use request::{BODY_MAX, DeployRequest, Identity};
pub use request_outcome::RequestOutcome;
pub use requested_manifests::RequestedManifests;
pub use shell_word::ShellWord;
pub use signature::{SIGNATURE_HEADER, keyed, sign};
pub use split::{Percent, PercentOutOfRange, Split};
pub use strategy::{Strategy, UnknownStrategy};
pub use unprintable::is_unprintable;
