//! Reads the API server through one `kubectl proxy` that everyone shares: started by the first
//! read, ended when nobody reads for a while, replaced when it dies or its credentials change.
//!
//! It changes nothing in the cluster: the proxy refuses everything but GET.

mod answer;
mod command;
mod credentials;
mod folder;
mod kubectl_proxy;
mod lease;
mod leftover;
mod parts;
mod process;
mod serving;
mod start;
mod supervisor;
#[cfg(test)]
mod tests;

pub use kubectl_proxy::{KubectlProxy, ProxyEnd};
pub use parts::{ProxyLog, ProxyParts};
