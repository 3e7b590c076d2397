//! Moves a whole record from one store to another, and proves that it arrived.

mod copied;
mod copy_error;
mod copy_place;
mod digest;
mod table;
mod transfer;

pub use copied::{Copied, CopyStep};
pub use copy_error::CopyError;
pub use copy_place::CopyPlace;
pub use table::copied_columns;
pub use transfer::copy;
