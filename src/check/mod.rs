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
mod database;
mod disk;
mod dry_run;
mod environments;
mod examine;
mod exposure;
mod folders;
mod github;
mod github_grants;
mod grants;
mod issuers;
mod journal;
mod kubeconfig;
mod kubectl;
mod listeners;
mod manifests;
mod metrics;
mod needs;
mod observed_transport;
mod outbound;
mod public_url;
mod quotas;
mod receivers;
mod references;
mod registries;
mod registry_answer;
mod relays;
mod report;
mod repository_access;
mod running;
mod sealing;
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
mod ways_in;
mod who_answers;
mod x509;

pub use bounded::Bounded;
pub use check_result::{CheckResult, Severity};
pub use configuration::configuration;
pub use context::CheckContext;
pub use examine::examine;
pub use grants::{Folder, GrantError, Grants};
pub use metrics::metrics;
pub use outbound::Outbound;
pub use report::Report;
pub use token::ends_at as kubeconfig_ends;
pub use ways_in::{no_way_in, ways_in};
pub use x509::not_after;
