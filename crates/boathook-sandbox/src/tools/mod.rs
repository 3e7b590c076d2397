//! kubectl and crictl by argument list, in process: what a program run would have printed and how
//! it would have ended.
//!
//! They understand what boathook runs and little more. An unknown verb or flag is an error, so that
//! a slip is found.

mod apply;
mod arguments;
mod create;
mod crictl;
mod ctr;
mod delete_raw;
mod diff;
mod fake_tools;
mod flags;
mod get;
mod kubectl;
mod logs;
mod manifests;
mod named_object;
mod output;
mod patch;
mod refusal;
mod small_verbs;
mod three_way;

pub use fake_tools::FakeTools;
