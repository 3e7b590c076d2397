//! The doctor: looks whether boathook could do its work here, and says what was seen, why it matters, and what mends it.
//!
//! It changes nothing. One file looks at one thing; every program and every question has a deadline, and few of them run at once.

mod access;
mod api_server;
mod audit;
mod bounded;
mod certificate;
mod clock;
mod configuration;
mod containerd;
mod disk;
mod dry_run;
mod environments;
mod examine;
mod exposure;
mod finding;
mod grants;
mod journal;
mod kubeconfig;
mod kubectl;
mod manifests;
mod patient;
mod public_url;
mod receivers;
mod report;
mod running;
mod secrets;
mod services;
mod sources;
mod state;
mod token;
mod urls;
mod user;
mod x509;

pub use bounded::Bounded;
pub use certificate::judge as judge_certificate;
pub use clock::judge as judge_clock;
pub use configuration::configuration;
pub use disk::{Disk, judge as judge_disk};
pub use examine::examine;
pub use finding::{Finding, Severity};
pub use grants::{Folder, GrantError, Grants};
pub use patient::Patient;
pub use report::Report;
pub use token::{ends_at as kubeconfig_ends, judge as judge_token};
pub use user::judge as judge_user;
pub use x509::not_after;
