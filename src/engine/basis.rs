//! What the record says of a deployment, before its plan looks at the cluster.

use std::path::Path;

use boathook_core::{
    deployment::DeploymentId,
    record::{Acceptance, Origin, Reason},
    rollout::{
        ChangedObjects,
        steps::{CheckProven, Leftover},
    },
};

use crate::{
    engine::{
        ChosenManifests, Engine, not_planned::NotPlanned, own_rollback::no_longer_serves,
        proven::proven, redeploy::overtaken,
    },
    journal::{StoreError, Success},
    plan::{Beside, Proven, Settings},
};

/// What the record gives a plan.
pub(super) struct Basis {
    /// What serves, by the record.
    pub(super) known: Option<Success>,
    /// The digests allowed for an image whose digest only a pull shows.
    pub(super) check: Option<CheckProven>,
    /// What a rollback restores.
    pub(super) proven: Option<Proven>,
    /// The manifests that it is made of.
    pub(super) manifests: ChosenManifests,
    /// What was applied beside the service.
    pub(super) beside: Beside,
    /// What deployments before it left behind.
    pub(super) leftovers: Vec<Leftover>,
}

impl Engine {
    /// Reads what the plan needs of the record. A bundle is written to the folder `work`.
    pub(super) async fn basis(
        &self,
        acceptance: &Acceptance,
        settings: &Settings,
        work: &Path,
    ) -> Result<Basis, NotPlanned> {
        let Acceptance { request, origin, .. } = acceptance;
        let service = request.service();
        let (known, check, withdrawn) = tokio::try_join!(
            self.journal.last_success(request.environment, &service),
            self.check(acceptance, settings),
            self.withdrawn(acceptance, settings)
        )?;
        let came_first = match (origin.after_watch(), origin) {
            (Some(of), _) => no_longer_serves(of, known.as_ref()),
            (None, Origin::Redeploy { .. }) => overtaken(request, known.as_ref()),
            (None, Origin::Requested | Origin::Retry { .. } | Origin::Rollback { .. }) => None,
        };
        if let Some(reason) = came_first {
            return Err(NotPlanned::rejected(reason));
        }
        if let Some(withdrawal) = withdrawn {
            return Err(NotPlanned::Rejected(Reason::Withdrawn { withdrawal }));
        }
        let (proven, manifests) = match origin {
            Origin::Rollback { to, .. } => {
                (Some(proven(&self.journal, to).await?), self.restored(to, settings).await?)
            }
            Origin::Requested | Origin::Retry { .. } | Origin::Redeploy { .. } => {
                (None, self.manifests_for(request, settings, None, work).await?)
            }
        };
        let (beside, leftovers) =
            self.applied_before(acceptance, settings.rollback, known.as_ref()).await?;
        Ok(Basis { known, check, proven, manifests, beside, leftovers })
    }

    /// The manifests of the deployment that a rollback goes back to.
    async fn restored(
        &self,
        to: &DeploymentId,
        settings: &Settings,
    ) -> Result<ChosenManifests, StoreError> {
        let source = self.journal.manifests_of(to).await?.map(|source| source.since(to));
        Ok(ChosenManifests::recorded(match settings.rollback.objects {
            ChangedObjects::Keep => source.map(|source| source.of_the_revision_alone()),
            ChangedObjects::Restore => source,
        }))
    }
}
