//! The checks between a write and the store, in the order of a real API server: the schema's
//! fields, the webhook that sets defaults, the schema's rules, the webhook that validates, and for
//! a dry run the resulting pod.

mod admit;
mod change;
mod decode;
mod defaults;
mod field_errors;
mod go_duration;
mod labels;
mod metadata;
mod names;
mod pod_check;
mod quantity;
mod rename;
mod schema;
mod secret;
mod strict;
mod structural;
mod validate;

pub(super) use admit::{admit, decode};
pub(super) use change::Change;
pub(super) use labels::complaint as label_complaint;
pub(super) use metadata::unreadable as unreadable_metadata;
pub(super) use pod_check::{no_account, wrong as pod_complaints};
pub(super) use quantity::nanos;
