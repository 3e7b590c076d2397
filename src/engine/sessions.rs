//! Beginning and ending the session that steps share.

use std::sync::Arc;

use boathook_core::{
    rollout::{Plan, Timeouts},
    state::Deployment,
};

use crate::{
    cluster::{Cluster, Tools},
    engine::{audited::Audited, cluster_session::ClusterSession, executor::Executor},
    steps::View,
};

impl Executor<'_> {
    /// The session of the step before, or a new one. Each step uses the current tools, so that a
    /// reload can fix them.
    pub(super) fn session<'r>(
        &self,
        session: &'r mut Option<ClusterSession>,
        deployment: &Deployment,
        plan: &Plan,
    ) -> &'r mut ClusterSession {
        let tools = Arc::clone(&self.engine.configuration.get().tools);
        if session.as_ref().is_some_and(|session| session.tools != tools) {
            *session = None;
        }
        session.get_or_insert_with(|| {
            let cluster = self.cluster(deployment, &plan.timeouts, &tools);
            let namespace = &plan.service.namespace;
            let view = View::new(&self.engine.feeds, namespace, &plan.timeouts);
            ClusterSession { tools, cluster, view }
        })
    }

    /// The cluster, as this deployment reaches it.
    pub(super) fn cluster(
        &self,
        deployment: &Deployment,
        timeouts: &Timeouts,
        tools: &Arc<Tools>,
    ) -> Cluster {
        let runner = Audited::new(
            Arc::clone(&self.engine.runner),
            self.engine.redactor.clone(),
            self.recorder.clone(),
            deployment.commands,
        );
        let reads = self.engine.reads.clone();
        Cluster::new(Arc::new(runner), reads, Arc::clone(tools), timeouts.clone())
    }
}
