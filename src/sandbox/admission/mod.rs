//! What stands between a write and the store: unknown fields, defaults, and the rules that refuse.

mod admit;
mod defaults;
mod fields;
mod insecure;
mod labels;
mod metadata;
mod rename;
mod template;
mod traffic;

pub(super) use admit::{Change, admit};
pub(super) use labels::complaint as label_complaint;
