//! Programs that tests start, and what stands between them. Holds no test.

pub mod boathooks;
pub mod check_harness;
pub mod database_proxy;
pub mod github_runner;
pub mod gosmee;
pub mod https_once;
pub mod listening;
pub mod placeholders;
pub mod proxy_harness;
pub mod relay;
pub mod scripted_server;
pub mod senders;
pub mod serving;
pub mod slow_link;
pub mod stand;
pub mod started;
pub mod token_endpoint;
