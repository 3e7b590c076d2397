//! Checks whether boathook can work here: what was seen, why it matters, and how to fix it.
//!
//! It changes nothing. Each file has one check; every program and probe has a deadline, and few run
//! at once.

mod access;
mod api_server;
mod approvers;
mod audit;
mod bounded;
mod certificate;
mod check_result;
mod clock;
mod configuration;
mod containerd;
mod context;
mod disk;
mod dry_run;
mod environments;
mod examine;
mod exposure;
mod folders;
mod grants;
mod journal;
mod kubeconfig;
mod kubectl;
mod listeners;
mod manifests;
mod needs;
mod public_url;
mod quotas;
mod receivers;
mod references;
mod registries;
mod registry_answer;
mod registry_file;
mod report;
mod running;
mod secrets;
mod services;
mod short_secrets;
mod sockets;
mod sources;
mod stand_in;
mod state;
mod taken;
#[cfg(test)]
mod tests;
mod token;
mod urls;
mod user;
mod visibility;
mod who_answers;
mod x509;

pub use bounded::Bounded;
pub use check_result::{CheckResult, Severity};
pub use configuration::configuration;
pub use context::CheckContext;
pub use examine::examine;
pub use grants::{Folder, GrantError, Grants};
pub use report::Report;
pub use token::ends_at as kubeconfig_ends;
pub use x509::not_after;
