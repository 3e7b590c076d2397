//! Bundles: the manifests that a request brings, packed and unpacked within limits.
//!
//! Everything happens in memory, entry by entry: what is refused is refused before it is unpacked,
//! and nothing is written but to the folder that the caller names.

mod accepted;
mod bounded;
mod entry_fault;
mod error;
mod folder;
mod images;
mod kind_name;
mod limits;
mod name_pattern;
mod pack;
mod pax;
mod policy;
mod receive;
mod secret_bundles;
mod unpack;
mod write;

pub use accepted::AcceptedManifests;
pub use entry_fault::EntryFault;
pub use error::BundleError;
pub use folder::{FolderError, read_folder};
pub use kind_name::KindName;
pub use limits::BundleLimits;
pub use name_pattern::NamePattern;
pub use pack::pack;
pub use policy::BundlePolicy;
pub use receive::{receive, receive_text};
pub use secret_bundles::SecretBundles;
pub use unpack::unpack;
pub use write::{UnpackedBundle, WriteError, write};
