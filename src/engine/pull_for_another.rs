//! Pulls an image on this node for a deployment that another boathook carries out.

use std::sync::Arc;

use boathook_core::{
    deployment::{DeploymentId, ImageRef, error_chain},
    rollout::PullResult,
};
use tokio::time::Instant;

use crate::{
    engine::Engine,
    plan::{Pull, PullNodes},
};

/// Bytes of a failure's words that are kept.
const WORDS_MAX: usize = 1024;

impl Engine {
    /// Pulls with this node's own program, if the deployment is under way and this node's
    /// configuration lets it.
    pub async fn pull_for_another(
        &self,
        deployment: &DeploymentId,
        image: &ImageRef,
    ) -> PullResult {
        let began = Instant::now();
        let pulled = self.try_to_pull(deployment, image).await;
        let words = pulled.as_ref().err().map(|words| self.shown(words)).unwrap_or_default();
        PullResult { succeeded: pulled.is_ok(), words, took: began.elapsed() }
    }

    async fn try_to_pull(&self, deployment: &DeploymentId, image: &ImageRef) -> Result<(), String> {
        let known = self.journal.deployment(deployment).await;
        let known = known.map_err(|error| error_chain(&error))?;
        let Some(known) = known.filter(|known| known.state.status().end().is_none()) else {
            return Err("no such deployment is under way".to_owned());
        };
        let request = &known.acceptance.request;
        if image.repository() != request.image.repository() {
            return Err(format!("the deployment is of {}, not of this image", request.image));
        }
        let configuration = self.configuration.get();
        let settings = (configuration.settings)(request.environment, &request.service());
        let settings = settings.ok_or("this node does not know the environment")?;
        let Pull { enabled: true, nodes: PullNodes::All, command } = &settings.pull else {
            return Err("its own configuration does not pull here (pull.nodes)".to_owned());
        };
        let cluster = self.cluster(Arc::clone(&configuration.tools), &settings.timeouts);
        let pulled = cluster.pull(image, command.as_deref()).await;
        pulled.map_err(|error| error_chain(&error))
    }

    fn shown(&self, words: &str) -> String {
        self.redactor.beginning(words, WORDS_MAX)
    }
}
