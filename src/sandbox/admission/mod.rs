//! What stands between a write and the store: unknown fields, defaults, and the rules that refuse.

mod admit;

pub(super) use admit::{Change, admit};
