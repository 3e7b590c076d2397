//! Moves a whole record from one store to another, and proves that it arrived.

mod copied;
mod copy_error;
mod copy_mark;
mod copy_place;
mod digest;
mod side;
mod table;
mod transfer;

pub use copied::{Copied, CopyStep};
pub use copy_error::CopyError;
pub use copy_mark::CopyMark;
pub(in crate::journal::store) use copy_mark::{DROP, MAKE, READ};
pub use copy_place::CopyPlace;
pub(in crate::journal::store) use side::{Found, Side};
pub use table::copied_columns;
pub use transfer::copy;
