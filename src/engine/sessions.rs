//! Beginning and ending the session that steps share.

use std::sync::Arc;

use boathook_core::{
    record::CommandEvent,
    rollout::{Plan, Timeouts},
    state::Deployment,
};
use tokio::sync::mpsc;

use crate::{
    cluster::{Cluster, Tools},
    engine::{
        audited::Audited, cluster_session::ClusterSession, executor::Executor,
        recorder::NotRecorded,
    },
    steps::View,
};

impl Executor<'_> {
    /// The session of the step before, or a new one. Each step uses the current tools, so that a
    /// reload can fix them.
    pub(super) async fn session<'r>(
        &self,
        session: &'r mut Option<ClusterSession>,
        deployment: &Deployment,
        plan: &Plan,
    ) -> Result<&'r mut ClusterSession, NotRecorded> {
        let tools = Arc::clone(&self.engine.configuration.get().tools);
        if session.as_ref().is_some_and(|session| session.tools != tools) {
            self.leave(session).await?;
        }
        Ok(session.get_or_insert_with(|| {
            let (cluster, abandoned) = self.cluster(deployment, &plan.timeouts, &tools);
            let namespace = &plan.service.namespace;
            let view = View::new(&self.engine.feeds, namespace, &plan.timeouts);
            ClusterSession { tools, cluster, view, abandoned }
        }))
    }

    /// Ends the shared session when it is not needed, or not for a while.
    pub(super) async fn leave(
        &self,
        session: &mut Option<ClusterSession>,
    ) -> Result<(), NotRecorded> {
        let Some(ClusterSession { tools: _, cluster, view, mut abandoned }) = session.take() else {
            return Ok(());
        };
        drop((cluster, view));
        self.record_abandoned(&mut abandoned).await
    }

    /// The cluster, and the ends of programs whose futures were dropped.
    pub(super) fn cluster(
        &self,
        deployment: &Deployment,
        timeouts: &Timeouts,
        tools: &Arc<Tools>,
    ) -> (Cluster, mpsc::UnboundedReceiver<CommandEvent>) {
        let (sender, abandoned) = mpsc::unbounded_channel();
        let runner = Audited::new(
            Arc::clone(&self.engine.runner),
            self.engine.redactor.clone(),
            self.recorder.clone(),
            deployment.commands,
            sender,
        );
        let reads = self.engine.reads.clone();
        (Cluster::new(Arc::new(runner), reads, Arc::clone(tools), timeouts.clone()), abandoned)
    }

    pub(super) async fn record_abandoned(
        &self,
        abandoned: &mut mpsc::UnboundedReceiver<CommandEvent>,
    ) -> Result<(), NotRecorded> {
        while let Ok(event) = abandoned.try_recv() {
            self.recorder.record(event).await?;
        }
        Ok(())
    }
}
