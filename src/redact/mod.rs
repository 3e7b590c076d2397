//! Takes secrets out of text that was written by others, before it is recorded, logged or shown.
//!
//! It knows two kinds: secrets that boathook knows, in every spelling that programs write them in,
//! and text that has the shape of a secret. It never reads files or variables, and never fails:
//! what it does not know stays.
//!
//! Our own: what scans for secrets knows shapes only, and none of this installation's secrets.

mod arguments;
mod json;
mod known;
mod names;
mod prose;
mod redactor;
mod shapes;
mod spellings;

pub use names::speaks_of_a_secret;
pub use redactor::Redactor;
pub use shapes::without_shapes;
pub use spellings::MIN_BYTES as SECRET_MIN;

/// The text that replaces a secret.
pub const MASK: &str = "[redacted]";
