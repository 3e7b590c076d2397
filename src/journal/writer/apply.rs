//! How records that another boathook wrote change what is in memory.

use std::{collections::BTreeSet, sync::Arc};

use boathook_core::{
    deployment::DeploymentId,
    record::{Event, Record},
    state::Deployment,
};

use crate::journal::{
    StoreError, StoreReader,
    writer::active_deployments::{ActiveDeployments, fold_up_to},
};

impl ActiveDeployments {
    /// What has not ended after these records, which follow on the last one; locks and holds as they
    /// are now.
    pub(in crate::journal) fn after(
        mut self,
        store: &dyn StoreReader,
        records: &[Arc<Record>],
    ) -> Result<Self, StoreError> {
        let mut changed = BTreeSet::new();
        let mut locks = false;
        let mut holds = false;
        for record in records {
            match &record.event {
                Event::Lock(_) => locks = true,
                Event::Hold(_) => holds = true,
                // They are read from the disk whenever they count.
                Event::Withdrawal(_) => {}
                Event::Deployment(_)
                | Event::Step(_)
                | Event::Command(_)
                | Event::Promotion(_)
                | Event::Watch(_) => {
                    if let Some(deployment) = self.changed_by(store, record)? {
                        self.put(record.deployment.clone(), deployment);
                        changed.insert(record.deployment.clone());
                    }
                }
            }
            self.last = record.sequence;
        }
        if locks {
            self.set_locks(store.locks()?);
        }
        if holds {
            self.set_holds(store.holds()?);
        }
        Ok(self.without_ended(&changed))
    }

    /// The deployment after its record; none if it was pruned meanwhile.
    fn changed_by(
        &self,
        store: &dyn StoreReader,
        record: &Record,
    ) -> Result<Option<Deployment>, StoreError> {
        let id = &record.deployment;
        if record.event.acceptance().is_some() {
            return begun(id, record).map(Some);
        }
        if let Some(deployment) = self.get(id) {
            let applied = Deployment::clone(deployment).apply(record.at, &record.event);
            let broken = |source| StoreError::Broken { id: id.clone(), source };
            return applied.map(Some).map_err(broken);
        }
        // It has ended, and later records of it may be there already.
        fold_up_to(store, id, record.sequence)
    }
}

fn begun(id: &DeploymentId, accepted: &Record) -> Result<Deployment, StoreError> {
    Deployment::begin(accepted).map_err(|source| StoreError::Broken { id: id.clone(), source })
}
