//! A Job that exists already: Kubernetes refuses every change of its template, and only after the
//! rest of the folder was applied.

use boathook_core::{objects::Document, rollout::steps::ApplyManifests};
use serde_json::Value;

use crate::steps::StepError;

/// A Job of the manifests that gets the image.
pub(crate) struct ExistingJob<'a> {
    /// Its place among the documents.
    pub index: usize,
    /// The new Job, with the image in its place.
    pub document: &'a Document,
    /// Where the image goes, as JSON pointers.
    pub places: Vec<&'a str>,
}

impl<'a> ExistingJob<'a> {
    /// The Jobs among these documents of a step that get the image.
    pub(crate) fn all(
        step: &'a ApplyManifests,
        documents: &'a [Document],
    ) -> impl Iterator<Item = Self> {
        let of = |(index, document): (usize, &'a Document)| {
            let places = step.images.iter().filter(|place| place.document == index);
            Self { index, document, places: places.map(|place| place.pointer.as_str()).collect() }
        };
        let jobs = documents.iter().enumerate().filter(|(_, document)| document.is_job()).map(of);
        jobs.filter(|job| !job.places.is_empty())
    }

    /// Refuses if the cluster has it with another image. One that could not be read is left to
    /// `kubectl apply`.
    pub(crate) fn judge(&self, live: Option<&Document>) -> Result<(), StepError> {
        let Some(live) = live else { return Ok(()) };
        let image = |document: &Document, place: &str| {
            document.0.pointer(place).and_then(Value::as_str).map(str::to_owned)
        };
        let other = self.places.iter().map(|place| image(live, place)).find(|found| {
            let wanted = self.places.first().and_then(|place| image(self.document, place));
            *found != wanted
        });
        let Some(runs) = other else { return Ok(()) };
        let name = self.document.name();
        let namespace = self.document.namespace().unwrap_or("default");
        let runs = runs.unwrap_or_else(|| "other containers".to_owned());
        Err(StepError::failed(format!(
            "Job/{name} exists and runs {runs}; the image of a Job cannot be changed, so nothing was applied. Delete it (kubectl delete job {name} -n {namespace}) and \
             deploy again; for the next times, give it spec.ttlSecondsAfterFinished, or leave its container out of `containers` in the config"
        )))
    }
}
