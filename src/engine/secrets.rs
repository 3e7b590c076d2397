//! The Secrets in the manifests: what is in them is known to the redactor, and kept out of the record.

use std::io;

use tokio::{fs, io::AsyncWriteExt as _};

use crate::{cluster::Document, engine::executor::Executor, journal::Deployment, manifests::ManifestFolder, steps::SECRETS_FILE};

impl Executor<'_> {
    /// Keeps the Secrets of a plan in the deployment's own directory, on disk before the plan is recorded, which has only their names.
    pub(super) async fn put_aside(&self, secrets: &[Document]) -> io::Result<()> {
        if secrets.is_empty() {
            return Ok(());
        }
        let work = self.work();
        fs::create_dir_all(&work).await?;
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(work.join(SECRETS_FILE)).await?;
        file.write_all(&serde_json::to_vec(secrets)?).await?;
        file.sync_all().await
    }

    /// Has the redactor know the secrets before any program runs, also where the plan was made before this start.
    pub(super) async fn know_secrets(&self, deployment: &Deployment) {
        let request = &deployment.acceptance.request;
        if let Some(settings) = (self.engine.settings)(request.environment, &request.service()) {
            let folder = ManifestFolder { path: &settings.manifests, remote_bases: settings.remote_bases };
            folder.teach(&self.engine.redactor).await;
        }
    }
}
