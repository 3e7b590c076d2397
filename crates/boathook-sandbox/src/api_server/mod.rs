//! The simulated API server over HTTP, as far as the real kubectl uses it: discovery, OpenAPI,
//! objects, watches, access reviews. It decides nothing: every object, refusal and text comes from
//! the cluster.

mod access_review;
mod answer;
mod discovery;
mod faults;
mod identity;
mod in_process;
mod kubeconfig;
mod log;
mod objects;
mod open_watch;
mod openapi;
mod paging;
mod protobuf;
mod query;
mod resources;
mod routes;
mod table;
pub(crate) mod target;
mod watch_events;
mod watching;

pub use in_process::FakeApiServer;
pub use kubeconfig::kubeconfig;
pub use routes::configure;
