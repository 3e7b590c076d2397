//! Apply the objects in the manifests; the plan left out Knative services that already exist.

use std::{io, path::Path, time::Duration};

use boathook_core::{deployment::ImageRef, failure::shorten, rollout::Observation};
use futures_util::{FutureExt, future::BoxFuture};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::{fs, time::Instant};

use crate::{
    cluster::{ClusterError, Document, missing_of_apply},
    steps::{
        Context, DryRunContext, ServiceManifest, StepError,
        change::{carries_our_label, yield_to_external_change},
        existing_job::{ExistingJob, readable},
        retry::{persist, retry, undecided},
        step_behavior::{StepBehavior, StepResult},
    },
};

/// The file in a deployment's own directory with the Secrets that it applies.
pub const SECRETS_FILE: &str = "secrets.json";

/// Characters that are shown of unexpected output of kubectl.
const SAID_MAX: usize = 200;
/// The beginning of the reason when exit code 0 was wrong.
const EXITED: &str = "kubectl apply ended with exit code 0";

/// Writes the rendered documents into the deployment's own work directory and applies them there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApplyManifests {
    /// The directory below the work directory, `manifests/<env>`: the argument that operators see.
    pub directory: String,
    /// What is applied, namespaces first.
    pub documents: Vec<Document>,
    /// Whether the Secrets here have only names, with their values in the deployment's own
    /// directory.
    #[serde(default)]
    pub sealed: bool,
    /// Where in these documents the image goes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImagePlace>,
    /// The service itself, on its first deployment.
    pub service: Option<ServiceManifest>,
    /// How long to retry while the cluster is unreachable.
    pub deadline: Duration,
}

/// A place in one of the documents that gets the image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImagePlace {
    /// The document's index.
    pub document: usize,
    /// The place in it, as a JSON pointer.
    pub pointer: String,
}

impl StepBehavior for ApplyManifests {
    fn changes_service(&self) -> bool {
        self.service.is_some()
    }

    fn title(&self) -> String {
        format!("Apply {}", self.directory)
    }

    fn run<'a>(&'a self, context: &'a Context<'a>) -> BoxFuture<'a, StepResult> {
        self.apply(context).boxed()
    }
}

impl ApplyManifests {
    /// Removes the Secrets except for their names; returns them in order.
    pub(crate) fn seal(&mut self) -> Vec<Document> {
        if self.sealed {
            return Vec::new();
        }
        self.sealed = true;
        self.documents
            .iter_mut()
            .filter(|document| document.is_secret())
            .map(|secret| {
                let name = only_its_name(secret);
                std::mem::replace(secret, name)
            })
            .collect()
    }

    /// The documents with the Secrets as they are to be applied.
    async fn unsealed(&self, work: &Path) -> Result<Vec<Document>, StepError> {
        let mut documents = self.documents.clone();
        if !self.sealed || !documents.iter().any(Document::is_secret) {
            return Ok(documents);
        }
        let path = work.join(SECRETS_FILE);
        let gone = || {
            StepError::failed(format!(
                "{} does not hold the Secrets of this deployment any more; nothing was applied, deploy it again",
                path.display()
            ))
        };
        let bytes = fs::read(&path).await.map_err(|_| gone())?;
        let mut secrets: std::vec::IntoIter<Document> =
            serde_json::from_slice::<Vec<_>>(&bytes).map_err(|_| gone())?.into_iter();
        for document in documents.iter_mut().filter(|document| document.is_secret()) {
            *document = secrets
                .next()
                .filter(|secret| only_its_name(secret) == *document)
                .ok_or_else(gone)?;
        }
        Ok(documents)
    }

    /// Lets the API server check the documents without changing anything. Returns what could not be
    /// checked.
    pub async fn dry_run(&self, context: &DryRunContext<'_>) -> Result<Option<String>, StepError> {
        let documents = self.with_image(self.documents.clone(), context.image);
        if documents.is_empty() {
            return Ok(None);
        }
        for job in self.jobs(&documents) {
            job.judge(readable(context.cluster.live(job.document).await)?.as_ref())?;
        }
        self.write(context.work, &documents).await?;
        match context.cluster.dry_run_apply(context.work, &self.directory).await {
            Ok(_) => Ok(None),
            // Nothing in a missing namespace can be checked, and a dry run does not create it.
            Err(ClusterError::Missing(run))
                if documents.iter().any(|document| document.is_namespace()) =>
            {
                Ok(Some(format!(
                    "what stands in {} could not be checked before its namespace is there: {}",
                    self.directory, run.words
                )))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn apply(&self, context: &Context<'_>) -> StepResult {
        let until = Instant::now() + self.deadline;
        let documents = self.with_image(self.unsealed(context.work).await?, context.image());
        if documents.is_empty() {
            return Ok(vec![Observation::Note(
                "nothing was applied: all that the manifests hold exists and is left alone"
                    .to_owned(),
            )]);
        }
        for job in self.jobs(&documents) {
            let live = readable(retry!(context, until, context.cluster.live(job.document)));
            job.judge(live.map_err(|error| undecided(context, error))?.as_ref())?;
        }
        self.write(context.work, &documents).await?;
        let applied =
            persist!(context, until, context.cluster.apply(context.work, &self.directory))?;
        // The output was cut: missing lines prove nothing.
        if applied.cut == 0 {
            check_named(&applied.text(), &documents)?;
        }
        if self.service.is_none() {
            return Ok(Vec::new());
        }
        let made = persist!(context, until, context.cluster.service(context.service))?;
        let live = made.ok_or_else(|| {
            StepError::failed(format!(
                "{EXITED} and named the service, but {} is not there",
                context.service
            ))
        })?;
        if !carries_our_label(context, &live) {
            return Err(yield_to_external_change(context, until, &live, live.generation()).await);
        }
        Ok(vec![Observation::Generation(live.generation())])
    }

    /// Everything that is applied, the service last.
    fn with_image(&self, mut documents: Vec<Document>, image: &ImageRef) -> Vec<Document> {
        for ImagePlace { document, pointer } in &self.images {
            if let Some(document) = documents.get_mut(*document) {
                document.set_text(pointer, &image.to_string());
            }
        }
        documents.extend(self.service.as_ref().map(|service| service.with_image(image)));
        documents
    }

    /// The Jobs that get the image.
    fn jobs<'a>(&'a self, documents: &'a [Document]) -> impl Iterator<Item = ExistingJob<'a>> {
        let jobs = documents.iter().enumerate().filter(|(_, document)| document.is_job());
        let jobs = jobs.map(|(index, document)| {
            let places = self.images.iter().filter(move |place| place.document == index);
            ExistingJob { document, places: places.map(|place| place.pointer.as_str()).collect() }
        });
        jobs.filter(|job| !job.places.is_empty())
    }

    async fn write(&self, work: &Path, documents: &[Document]) -> Result<(), StepError> {
        let directory = work.join(&self.directory);
        let failed = |error| {
            StepError::failed(format!(
                "failed to write the manifests to {}: {error}",
                directory.display()
            ))
        };
        write(&directory, documents).await.map_err(failed)
    }
}

/// The recorded form of a Secret.
fn only_its_name(secret: &Document) -> Document {
    let metadata: Map<String, Value> = ["name", "namespace"]
        .iter()
        .filter_map(|field| {
            Some(((*field).to_owned(), secret.0.pointer("/metadata")?.get(field)?.clone()))
        })
        .collect();
    Document(
        json!({"apiVersion": secret.api_version(), "kind": secret.kind(), "metadata": metadata}),
    )
}

/// kubectl prints a line for each object that it created or found; exit code 0 alone proves
/// nothing.
fn check_named(printed: &str, documents: &[Document]) -> Result<(), StepError> {
    let Some(missing) = missing_of_apply(documents, printed) else { return Ok(()) };
    let said = shorten(printed.trim(), SAID_MAX);
    Err(StepError::failed(format!("{EXITED}, but {missing}; it said: {said}")))
}

/// Writes each document as a JSON file, named so that kubectl applies them in this order; files of
/// an earlier run are removed first.
async fn write(directory: &Path, documents: &[Document]) -> io::Result<()> {
    match fs::remove_dir_all(directory).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => fs::create_dir_all(directory).await?,
    }
    for (index, document) in documents.iter().enumerate() {
        let name =
            format!("{index:05}-{}-{}.json", document.kind().to_lowercase(), document.name());
        fs::write(directory.join(name), format!("{:#}\n", document.0)).await?;
    }
    Ok(())
}
