//! What an operator can set: read from files and variables, checked whole before anything starts.
//!
//! What `config/default.yaml` sets has its default there alone. What is only listed there, or null
//! (issuers, relays, receivers, secrets, promotions, metrics, a database), has the defaults of its own
//! keys beside its type. A loaded configuration is immutable; a reload makes a new one.

mod allow;
mod audit;
mod database_url;
mod environment;
mod environment_files;
mod error;
mod for_service;
mod from_credentials;
mod github_credential;
mod github_environment;
mod github_references;
mod github_source;
mod global;
mod header_secrets;
mod identity_rule;
mod issuer;
mod layers;
mod load;
mod load_services;
mod log;
mod named;
mod network;
mod notify;
mod older_files;
mod override_by;
mod package_rule;
mod pattern;
mod postgres_config;
mod private_file;
mod private_url;
mod problems;
mod promotion;
mod promotion_graph;
mod read;
mod receivers;
mod references;
mod relay;
mod replay;
mod same_service;
mod sealing;
mod sealing_keys;
mod secret;
mod secret_config;
mod secret_error;
mod secrets;
mod server;
mod services;
mod source;
mod sources;
mod state;
mod text;
mod variables;
mod waves;

pub use allow::Allow;
pub use audit::Audit;
pub use database_url::load_database_url;
pub use environment::{
    Approval, Approve, EnvironmentConfig, OnNewerRequest, Require, StrategyConfig,
};
pub use error::{ConfigError, Problem};
pub use from_credentials::from_credentials;
pub use github_credential::load_github_credential;
pub use github_environment::{GitHubEnvironment, Trust, Unsigned};
pub use github_source::{GitHubApp, GitHubSource};
pub use global::Config;
pub use header_secrets::{HeaderSecrets, examine_header_secrets, load_header_secrets};
pub use identity_rule::IdentityRule;
pub use issuer::IssuerConfig;
pub use load::Examined;
pub use log::{Log, LogFormat, LogLevel};
pub use network::Network;
pub use notify::{NotifyOn, ReceiverConfig, SlackConfig, WATCH_BAD, WebhookConfig};
pub use override_by::OverrideBy;
pub(crate) use package_rule::ATTACHED_TAG;
pub use package_rule::PackageRule;
pub use pattern::Pattern;
pub use postgres_config::PostgresConfig;
pub use private_file::{TooOpen, read as read_private, read_public};
pub use private_url::{is_local_url, is_private_base_url, is_private_url};
pub use promotion::{PromotionConfig, When};
pub use promotion_graph::PromotionGraph;
pub use receivers::{Receiver, ReceiverKind, examine_receivers, load_receivers};
pub use relay::{ChannelUrl, RelayConfig, RelayKind, SealedBodies};
pub use replay::Replay;
pub use sealing::SealingConfig;
pub use sealing_keys::{examine_sealing_keys, load_sealing_keys};
pub use secret::Secret;
pub use secret_config::SecretConfig;
pub use secret_error::{SecretError, SecretUse};
pub use secrets::{
    LoadedSecret, PromotionSecret, examine_secrets, load_promotion_secrets, load_secrets,
};
pub use server::{Operator, Server, Tls};
pub use services::ServiceSelector;
pub use sources::Sources;
pub use state::State;
pub use waves::Waves;
