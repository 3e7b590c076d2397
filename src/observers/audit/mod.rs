//! The audit log: who did what, one JSON object a line, each with the hash of the line before.
//!
//! It follows the journal and learns of refused requests. It never holds a token, a secret or a
//! request's unknown fields.

mod auditor;
mod chain;
mod compare;
mod compare_error;
mod comparison;
mod entry;
mod error;
mod files;
mod flaw;
mod format;
mod head;
mod line_parts;
mod log;
mod newest;
mod proxy;
mod pull;
mod record_line;
mod recover;
mod refusal_channel;
mod refusals;
mod refused;
mod reload;
mod scope;
mod sequence;
mod show;
mod size;
mod text;
mod verify;

pub use auditor::Auditor;
pub use chain::Hash;
pub use compare::compare;
pub use compare_error::CompareError;
pub use comparison::{Comparison, Difference, Found};
pub use flaw::{Flaw, Wrong};
pub use line_parts::LineParts;
pub use newest::{LinesQuery, Newest, NewestLine, newest};
pub use refusals::{RefusalQueue, Refusals, Whose};
pub use refused::Refused;
pub use reload::{Changes, Reload};
pub use scope::{Scope, VerifiedLog};
pub use show::{Shown, read};
pub use size::{Size, size};
pub use verify::{Proof, VerifyError, verify};

/// The folder of the audit log in the state directory.
pub const FOLDER: &str = "audit";
