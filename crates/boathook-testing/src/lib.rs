//! What the tests of both binaries share: boathook put together in one process, on journals, clocks
//! and clusters of a test's own. Holds no test, and is in no program.

#![expect(clippy::new_without_default, reason = "a harness is made by a test, which says so")]
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

pub mod audit_harness;
pub mod dashboard_pages;
pub mod delivery;
pub mod fake_issuer;
pub mod fake_nodes;
pub mod fake_prometheus;
pub mod fake_registry;
pub mod github;
pub mod harness;
pub mod links;
pub mod pages;
pub mod postgres_server;
pub mod properties;
pub mod rollout_harness;
pub mod samples;
pub mod setup;
pub mod shipped;
pub mod state_dir;
pub mod tapped_store;
pub mod token_key;
pub mod waiting;
pub mod workflows;
