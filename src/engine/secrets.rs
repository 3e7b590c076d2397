//! The Secrets in the manifests: the redactor learns their values, and the record never holds them.

use std::io;

use boathook_core::{
    objects::Document,
    rollout::Step,
    state::{Deployment, State},
};
use tokio::{fs, io::AsyncWriteExt as _};

use crate::{
    engine::{Engine, executor::Executor},
    manifests::{self, ManifestFolder},
    steps::SECRETS_FILE,
};

impl Engine {
    /// Teaches the redactor the Secrets in the folder as it is now, and in the deployment's bundle:
    /// applications may answer with them.
    pub(super) async fn know_secrets_of(&self, deployment: &Deployment) {
        let request = &deployment.acceptance.request;
        let configuration = self.configuration.get();
        if let Some(settings) = (configuration.settings)(request.environment, &request.service()) {
            let folder = ManifestFolder {
                path: &settings.manifests,
                remote_bases: settings.remote_bases,
                within: None,
            };
            folder.teach(&self.redactor).await;
        }
        if let Some(digest) = deployment.bundle()
            && let Ok(bundle) = self.recorded_bundle(digest).await
        {
            self.redactor.learn(manifests::secrets_in(&bundle));
        }
    }
}

impl Executor<'_> {
    /// Writes the Secrets of a plan to the deployment's own directory before the plan is recorded;
    /// the record has only their names.
    pub(super) async fn put_aside(&self, secrets: &[Document]) -> io::Result<()> {
        if secrets.is_empty() {
            return Ok(());
        }
        let work = self.work();
        fs::create_dir_all(&work).await?;
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(work.join(SECRETS_FILE))
            .await?;
        file.write_all(&serde_json::to_vec(secrets)?).await?;
        file.sync_all().await
    }

    /// Teaches the redactor the secrets before any program runs: those that were put aside, which
    /// will be applied, and those of the folder as it is now.
    pub(super) async fn know_secrets(&self, deployment: &Deployment) {
        self.engine.redactor.learn(manifests::secrets(&self.planned(&deployment.state).await));
        self.engine.know_secrets_of(deployment).await;
    }

    /// The Secrets that were put aside, and the plan's other documents, which show what is no
    /// secret.
    async fn planned(&self, state: &State) -> Vec<Document> {
        let bytes = fs::read(self.work().join(SECRETS_FILE)).await.unwrap_or_default();
        let mut documents: Vec<Document> = serde_json::from_slice(&bytes).unwrap_or_default();
        if let State::Deploying(progress) | State::RollingBack(progress, _) = state {
            let applied = progress.plan.steps.iter().filter_map(|step| match step {
                Step::ApplyManifests(apply) => Some(&apply.documents),
                _ => None,
            });
            documents.extend(applied.flatten().cloned());
        }
        documents
    }
}
