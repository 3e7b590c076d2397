//! The ways in besides the listener.

mod checking_github;
mod checking_relays;
mod github_client;
mod github_cursor;
mod github_deployments;
mod github_metrics;
mod github_packages;
mod github_pages;
mod github_repeats;
mod github_trusted;
mod github_webhooks;
mod relay_dialects;
mod relay_positions;
mod relays;
mod sealed_bodies;
