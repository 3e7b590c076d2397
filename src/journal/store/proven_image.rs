//! An image that succeeded.

use std::sync::Arc;

use boathook_core::{deployment::ImageRef, proof::Withdrawal};

/// An image that succeeded, and its withdrawal if it was withdrawn.
pub type ProvenImage = (ImageRef, Option<Arc<Withdrawal>>);
