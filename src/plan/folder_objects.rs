//! The objects of an environment's folder, as a plan takes them before it looks at the service.

use boathook_core::{
    deployment::{DeployRequest, DeploymentId},
    objects::Document,
};

use crate::plan::{
    PlanError, Settings,
    readiness::check_reach,
    render::{Rendered, Source, render},
};

/// What a request deploys from.
#[derive(Clone, Copy, Debug)]
pub struct FolderObjects<'a> {
    /// The settings of the requested service.
    pub settings: &'a Settings,
    /// The objects in the folder, in order.
    pub documents: &'a [Document],
    /// The folder as operators and senders know it.
    pub directory: &'a str,
}

impl FolderObjects<'_> {
    /// What a request deploys, or why these manifests cannot be deployed, whatever the cluster
    /// holds. `boathook check` asks the same.
    pub fn render(
        &self,
        request: &DeployRequest,
        id: &DeploymentId,
    ) -> Result<Rendered, PlanError> {
        let Self { settings, documents, directory } = *self;
        let source = Source {
            directory,
            documents,
            container: settings.container.as_deref(),
            containers: settings.containers.as_deref(),
            jobs: &settings.jobs,
            waits: &settings.waits,
        };
        let rendered = render(source, request, id)?;
        let is_cluster_local = rendered.service.document.is_cluster_local();
        check_reach(settings, &request.service(), is_cluster_local)?;
        Ok(rendered)
    }
}
