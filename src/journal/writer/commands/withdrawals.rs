//! Withdraws digests and reinstates them.

use std::sync::Arc;

use boathook_core::{
    deployment::{Actor, Digest},
    proof::Withdrawal,
};
use serde::{Deserialize, Serialize};

use crate::journal::{
    WithdrawalError, Withdrawn,
    writer::{
        command::{Command, Decision},
        pending_batch::PendingBatch,
    },
};

/// An operator's withdrawal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::journal) struct Withdraw {
    pub(in crate::journal) digest: Digest,
    pub(in crate::journal) by: Actor,
}

/// Its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::journal) struct Reinstate {
    pub(in crate::journal) digest: Digest,
    pub(in crate::journal) by: Actor,
}

impl Command for Withdraw {
    type Done = Withdrawn;
    type Error = WithdrawalError;

    fn decide(self, batch: &mut PendingBatch<'_>) -> Decision<Withdrawn, WithdrawalError> {
        Decision::waiting(batch.withdraw(self.digest, self.by))
    }
}

impl Command for Reinstate {
    type Done = Arc<Withdrawal>;
    type Error = WithdrawalError;

    fn decide(self, batch: &mut PendingBatch<'_>) -> Decision<Arc<Withdrawal>, WithdrawalError> {
        Decision::waiting(batch.reinstate(&self.digest, self.by))
    }
}
