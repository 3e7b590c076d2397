//! A GitHub that obeys the documentation of its REST API, as far as deployments go. It keeps state
//! and is not scripted; a test breaks it by place.

mod app;
mod comments;
mod fake_github;
mod fault;
mod http;
mod received;
mod repository;
mod responses;
mod routes;
mod state;

pub use app::app_credential;
pub use fake_github::{CLASSIC_TOKEN, FakeGitHub, TOKEN};
pub use fault::Fault;
pub use http::serve;
pub use received::Received;
