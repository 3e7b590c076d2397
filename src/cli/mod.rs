//! The command line: what may be typed, and what is printed for it.

mod arguments;
mod exit;
mod http;
mod list;
mod logs;
mod operator;
mod reload;
mod retry;
mod roll_back;
mod sandbox;
mod sandbox_run;
mod secret;
mod send;
mod serve;
mod show;
mod sign;
mod steer;
mod table;
mod terminal;
mod words;

pub use arguments::{Arguments, Command};
pub use exit::Exit;
pub use list::ListArguments;
pub use logs::LogsArguments;
pub use operator::{AskError, SocketArguments};
pub use reload::ReloadArguments;
pub use retry::RetryArguments;
pub use roll_back::RollbackArguments;
pub use sandbox::{Control, SandboxArguments, SandboxCommand, StartArguments};
pub use secret::{NoSecret, SecretArguments};
pub use send::SendArguments;
pub use serve::ServeArguments;
pub use show::ShowArguments;
pub use sign::SignArguments;
pub use steer::{PromoteArguments, SteerArguments};
