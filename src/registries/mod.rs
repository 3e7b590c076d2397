//! Asks registries of images, by the OCI distribution protocol and with the node's logins.
//!
//! It reads k3s' `registries.yaml` for where a registry answers and who is asking. It never pushes,
//! and never sends a login to another host than the file names one for, and to where that registry
//! gives tokens.

mod challenge;
mod endpoint;
mod failure;
mod http_transport;
mod login;
mod origin;
mod registries_file;
mod session;
mod token;
mod transport;

pub use challenge::{Challenge, challenge};
pub use endpoint::Endpoint;
pub use failure::RegistryFailure;
pub use http_transport::HttpTransport;
pub use login::Login;
pub use origin::{host_of, scheme_of};
pub use registries_file::{RegistriesFile, UnusableFile};
pub use session::{Fetched, Session};
pub use token::{TOKEN_MAX, token_in};
pub use transport::{RegistryRequest, RegistryResponse, Transport, Unreachable};
