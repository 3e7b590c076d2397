//! Releases a held service.

use std::sync::Arc;

use boathook_core::record::ServiceHold;
use serde::{Deserialize, Serialize};

use crate::journal::{
    ReleaseError,
    writer::{
        command::{Command, Decision},
        pending_batch::PendingBatch,
        write::ReleaseRequest,
    },
};

/// The end of a hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::journal) struct Release(pub(in crate::journal) ReleaseRequest);

impl Command for Release {
    type Done = Arc<ServiceHold>;
    type Error = ReleaseError;

    fn decide(self, batch: &mut PendingBatch<'_>) -> Decision<Arc<ServiceHold>, ReleaseError> {
        Decision::waiting(batch.release(self.0))
    }
}
