//! What an operator can set: read from files and variables, checked whole before anything starts.
//!
//! Every default stands in `config/default.yaml`; none is hidden in the code. What is read stays as it is: reading again gives another.

mod check;
mod environment;
mod error;
mod global;
mod health;
mod layers;
mod limits;
mod load;
mod network;
mod pattern;
mod private_file;
mod read;
mod secret;
mod secret_error;
mod secrets;
mod text;
mod tools;
mod traffic;
mod variables;

pub use environment::{Allow, Approval, Approve, EnvironmentConfig, Newer, Pull, Require, Scheme, UrlConfig};
pub use error::{ConfigError, Problem};
pub use global::{Audit, Config, Log, LogFormat, LogLevel, Operator, Replay, Scheduler, Server, State, Tls};
pub use health::{HealthConfig, LatencyLimit, Verify, WindowLimit};
pub use limits::{Timeouts, Waits};
pub use network::Network;
pub use pattern::Pattern;
pub use private_file::read as read_private;
pub use secret::Secret;
pub use secret_error::SecretError;
pub use secrets::{LoadedSecret, SecretConfig, load_secrets};
pub use tools::{ToolEnvironment, Tools};
pub use traffic::{Stage, StrategyConfig, Traffic};
