//! boathook turns a signed webhook into a staged, health-checked Knative rollout on a k3s node, and
//! rolls back by itself when the new revision fails.
//!
//! This page is a tour: the flow of a deployment, the map of the modules, and where to begin
//! reading. The rules that hold everywhere, a deployment step by step, and the table of which
//! module may import which are in `docs/architecture.md`; the terms are in `CONTRIBUTING.md`.
//!
//! # The flow
//!
//! ```text
//! server -> intake -> journal -> scheduler -> engine -> steps -> cluster | health -> process
//!                        |
//!                        +-> observers: audit log, metrics, notifications, promotion
//! ```
//!
//! 1. [`server`] reads a webhook within its limits; [`intake`] verifies the signature, parses the
//!    body into the types of [`boathook_core::deployment`], finds repeats and applies the
//!    environment's policy.
//! 2. [`journal`] writes `accepted` to disk, and the sender has its 202. From here on everything is
//!    an event: the state of a deployment is a fold of its events, and so a restart resumes where
//!    the journal ends.
//! 3. [`scheduler`] decides which deployment runs next, never two of one service.
//! 4. [`engine`] reads the service and what serves now, and [`plan`] turns that and the
//!    [`manifests`] into two lists of [`steps`]: forward, and back. The plan is in the journal
//!    before the first change.
//! 5. The engine runs one step after the other: record, act, record the result. Steps change the
//!    cluster through [`cluster`], which runs `kubectl` and `crictl` through [`boathook_process`],
//!    and probe it through [`health`].
//! 6. A step that fails turns to the list that rolls back. [`diagnosis`] says why a revision does
//!    not start; [`boathook_core::failure`] says what is worth retrying.
//! 7. [`observers`] read the journal and can neither fail nor delay a deployment.
//!
//! # The map
//!
//! The vocabulary, and what needs no I/O, is a package of its own, [`boathook_core`]; so is
//! [`boathook_process`], which runs one program with a deadline and capped output. A third,
//! `boathook-sandbox`, simulates a k3s with Knative, and is behind every test. This package is the
//! handler:
//!
//! | module | what it is for |
//! |---|---|
//! | [`server`] | the public listener, the operator's socket, the dashboard |
//! | [`intake`] | admission: signature, payload, policy, repeats |
//! | [`journal`] | the record on disk, in SQLite or PostgreSQL, with group commit |
//! | [`scheduler`] | which deployment is next |
//! | [`engine`] | planning and running a deployment; dry runs |
//! | [`plan`] | from a request and what serves to a list of steps; pure |
//! | [`steps`] | one file for each step |
//! | [`bundles`] | the manifests that a request brings |
//! | [`artifacts`] | manifests that a request names in a registry |
//! | [`registries`] | asks registries, with the node's logins |
//! | [`manifests`] | reads manifests as `kubectl` does |
//! | [`cluster`] | `kubectl`, `crictl` and `ctr` as typed verbs |
//! | [`comparison`] | what a deployment changes in an object, for people to read |
//! | [`feeds`] | what changes in a namespace, shared by all deployments there |
//! | [`api_proxy`] | one `kubectl proxy` through which everyone reads the API server |
//! | [`diagnosis`] | why a revision does not serve, in the cluster's own words |
//! | [`health`] | probes over the network; what they mean is [`boathook_core::health`]'s |
//! | `accounts` | this machine's users and groups |
//! | [`github`] | asks GitHub's REST API |
//! | `http_client` | what all who ask over HTTP have in common |
//! | [`identity`] | identity tokens of CI systems: who sends a request |
//! | [`jwt`] | signs and verifies JSON Web Tokens |
//! | [`observers`] | audit log, metrics, notifications, statuses on GitHub, promotion |
//! | [`redact`] | removes secrets from text before it is written |
//! | `replace_file` | gives a file new content, all of it or none |
//! | [`sealing`] | opens the bodies that senders sealed for this boathook |
//! | [`config`] | configuration and secrets, checked whole before anything starts |
//! | [`check`] | checks an installation and suggests fixes |
//! | [`cli`] | the commands |
//! | [`sources`] | requests that boathook fetches: from GitHub, and from relays |
//! | [`startup`] | puts the parts together, speaks to systemd |
//! | [`telemetry`] | boathook's own log |
//!
//! # Where to begin
//!
//! [`boathook_core::rollout::Step`] lists everything that can happen to a service,
//! [`boathook_core::record::Event`] everything that can happen to a deployment, and
//! [`boathook_core::state::State::apply`] which event may follow which.

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod accounts;
pub mod api_proxy;
pub mod artifacts;
pub mod bundles;
pub mod check;
pub mod cli;
pub mod cluster;
pub mod comparison;
pub mod config;
pub mod diagnosis;
pub mod engine;
pub mod feeds;
pub mod github;
pub mod health;
mod http_client;
pub mod identity;
pub mod intake;
pub mod journal;
pub mod jwt;
pub mod manifests;
pub mod observers;
pub mod plan;
pub mod redact;
pub mod registries;
mod replace_file;
pub mod scheduler;
pub mod sealing;
pub mod server;
pub mod sources;
pub mod startup;
pub mod steps;
pub mod telemetry;
