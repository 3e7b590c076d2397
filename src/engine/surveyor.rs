//! What a plan is made of.

use std::path::Path;

use boathook_core::{
    deployment::{DeployRequest, DeploymentId, RevisionName},
    health::Prober,
    objects::Document,
    rollout::steps::CheckProven,
};

use crate::{
    cluster::Cluster,
    engine::ChosenManifests,
    plan::{Beside, Proven, Settings},
    redact::Redactor,
    steps::WaitReporter,
};

/// What a plan is made with.
#[derive(Clone)]
pub struct PlanningContext<'a> {
    /// The settings of the service.
    pub settings: &'a Settings,
    /// The cluster.
    pub cluster: &'a Cluster,
    /// Learns the secrets in the manifests.
    pub redactor: &'a Redactor,
    /// Probes the service as it is now.
    pub prober: &'a dyn Prober,
    /// The revision that served last, according to the journal.
    pub known: Option<RevisionName>,
    /// The digests allowed for an image whose digest only a pull shows.
    pub check: Option<CheckProven>,
    /// The objects of the service's folder, if they were already read.
    pub documents: Option<&'a [Document]>,
    /// Which manifests it is made of.
    pub manifests: &'a ChosenManifests,
    /// Tells what it waits for; a dry run tells nobody.
    pub waits: Option<&'a WaitReporter>,
    /// The folder for what is compared with the cluster; none if nobody reads what changes.
    pub compare_in: Option<&'a Path>,
}

/// What is planned.
pub(super) struct Surveyor<'a> {
    pub(super) id: &'a DeploymentId,
    pub(super) request: &'a DeployRequest,
    /// What to restore, in a rollback ordered by an operator.
    pub(super) proven: Option<Proven>,
    /// What was applied beside the service, in a rollback ordered by an operator.
    pub(super) beside: Beside,
    /// The revision that a watch found bad, in boathook's own rollback from it.
    pub(super) turned_bad: Option<RevisionName>,
    pub(super) context: PlanningContext<'a>,
}

impl<'a> Surveyor<'a> {
    pub(super) const fn settings(&self) -> &'a Settings {
        self.context.settings
    }

    pub(super) const fn cluster(&self) -> &'a Cluster {
        self.context.cluster
    }
}
