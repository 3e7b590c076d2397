//! HTTP in and out: the public listener and the operator's. It translates between requests,
//! admission and the journal.
//!
//! It has no rules of its own: `intake` decides what is accepted, and the journal has what is
//! shown.

mod accept;
mod app;
mod approve;
mod approver;
mod body;
mod body_room;
mod connection;
mod counting;
mod current;
mod dashboard;
mod deploy_windows;
mod dry_run;
mod environment;
mod environments;
mod error;
mod error_page;
mod events;
mod github_webhook;
mod health;
mod html;
mod known_fields;
mod listed;
mod locks;
mod log_lines;
mod logs;
mod loopback;
mod metrics;
mod named_service;
mod nodes;
mod operator;
mod order;
mod override_window;
mod page;
mod peer;
mod pipelines;
mod prefer;
mod preview;
mod promotions;
mod redeploy;
mod refused;
mod release;
mod reload;
mod reloads;
mod retry;
mod roll_back;
mod routes;
mod secrets;
mod services;
mod show;
mod state;
mod status;
mod steer;
mod unread;
mod wait;
mod waiting_promotions;
mod webhook;
mod webhook_answer;
mod withdrawals;

pub use app::{operator_app, public_app, reading_app};
pub use approver::check_approver;
pub use body::BodyLimits;
pub use body_room::BodyRoom;
pub use connection::watch as watch_connection;
pub use error::ApiError;
pub use events::HEARTBEAT;
pub use peer::{LocalUser, note_peer};
pub use reloads::{ReloadAnswer, ReloadOrder, Reloaded, Reloads};
pub use routes::{Caller, Endpoint, OPERATOR, PUBLIC};
pub use state::{DryRunner, Ends, IsDeleted, LogReader, OperatorState, PublicState};
