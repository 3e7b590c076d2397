//! Records events of a deployment.

use std::sync::Arc;

use boathook_core::{deployment::DeploymentId, record::Record};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::{
    AppendError,
    writer::{
        command::{Command, Decision},
        pending_batch::PendingBatch,
        write::{DatedEvent, FollowUp},
    },
};

/// Events of a deployment, all or none of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::journal) struct Append {
    pub(in crate::journal) id: DeploymentId,
    pub(in crate::journal) events: Vec<DatedEvent>,
}

/// The same with what follows on them, which never leaves the process; the answer has that too.
pub(in crate::journal) struct AppendThen {
    pub(in crate::journal) append: Append,
    pub(in crate::journal) follow_up: FollowUp,
}

type Appended = Decision<Vec<Arc<Record>>, AppendError>;

impl Command for Append {
    type Done = Vec<Arc<Record>>;
    type Error = AppendError;

    fn received(&mut self, now: Timestamp) {
        self.events.iter_mut().for_each(|event| event.at = now);
    }

    fn decide(self, batch: &mut PendingBatch<'_>) -> Appended {
        append(self, None, batch)
    }
}

impl Command for AppendThen {
    type Done = Vec<Arc<Record>>;
    type Error = AppendError;

    fn decide(self, batch: &mut PendingBatch<'_>) -> Appended {
        append(self.append, Some(self.follow_up), batch)
    }
}

fn append(command: Append, follow_up: Option<FollowUp>, batch: &mut PendingBatch<'_>) -> Appended {
    let Append { id, events } = command;
    let result = batch.append(&id, events, follow_up);
    Decision { result, waits: batch.changes(&id) }
}
