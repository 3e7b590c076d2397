//! A service as the record has it: its newest deployment, and what the newest success left serving.
//!
//! It does not read the cluster; the page that shows this says so.

use std::sync::Arc;

use boathook_core::{deployment::ImageRef, proof::Withdrawal};
use jiff::Timestamp;

use crate::journal::{Success, Summary};

/// One service in one environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its newest deployment, in any status.
    pub newest: Summary,
    /// What serves, if any deployment succeeded.
    pub served: Option<Served>,
}

/// What a success left serving, and since when.
#[derive(Clone, Debug, PartialEq)]
pub struct Served {
    pub success: Success,
    /// Its image as requested, which may name a tag.
    pub requested: ImageRef,
    /// When its record was closed.
    pub since: Timestamp,
    /// The withdrawal of its digest, if that is withdrawn.
    pub withdrawal: Option<Arc<Withdrawal>>,
}
