//! A simulated k3s with Knative, that obeys the rules recorded on real clusters.
//!
//! One stateful core ([`Cluster`]) is behind every interface: the argument lists of kubectl and
//! crictl, the HTTP API, the data plane. It runs no container, opens no socket and writes no file
//! by itself.

mod access_review;
mod admission;
pub mod api_server;
mod application;
mod behaviour;
mod behaviour_text;
mod breakage;
mod caller;
mod cluster;
mod control;
mod control_client;
mod crictl;
mod data_plane;
mod events;
mod fault_text;
mod faults;
mod grpc_health;
pub mod harness;
mod home;
mod images;
mod ingress;
mod kind;
mod logs;
mod names;
mod prober;
mod queue_proxy_metrics;
mod read_verbs;
mod reconcile;
mod record;
mod registry;
mod reply;
mod run;
mod runs;
mod selector;
mod settings;
mod state;
mod status;
mod store;
mod timeline;
mod token;
mod tools;
mod visit;
mod waiting;
mod watch;
mod write;
mod write_verbs;

pub use api_server::FakeApiServer;
pub use application::Application;
pub use behaviour::{Behaviour, Start};
pub use behaviour_text::{UnknownBehaviour, behaviours};
pub use breakage::Breakage;
pub use caller::Caller;
pub use cluster::Cluster;
pub use control_client::{ControlClient, ControlError};
pub use crictl::Printed;
pub use faults::{Fault, Times};
pub use home::{Home, WriteFileError};
pub use images::PullError;
pub use kind::Kind;
pub use names::ObjectName;
pub use prober::FakeProber;
pub use registry::{PublishError, Published, REPOSITORIES, Registry};
pub use reply::{Outcome, Reply};
pub use run::{Sandbox, SandboxOptions, StartError};
pub use selector::Selector;
pub use settings::{Settings, Timings};
pub use status::Status;
pub use tools::FakeTools;
pub use visit::{Gateway, Visit};
pub use watch::{EventType, Watch, WatchEvent};
pub use write::{Patch, Validation, WriteOptions, Written};
