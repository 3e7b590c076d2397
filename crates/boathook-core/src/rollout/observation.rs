//! What steps learn, for the steps after them and for the record.

use std::collections::BTreeMap;

use crate::{
    deployment::{ImageRef, RevisionName},
    health::{MetricNumbers, Numbers, Times},
    rollout::{JobRun, ObjectBefore, Restored},
};
use serde::{Deserialize, Serialize};

/// One thing that a step learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "finding", content = "is", rename_all = "snake_case")]
pub enum Observation {
    /// The image by digest: what was proven is what runs.
    Image(ImageRef),
    /// The service's generation after our own change.
    Generation(u64),
    /// The candidate, once found; it is not searched again.
    Candidate {
        /// Its name.
        name: RevisionName,
        /// Its UID.
        uid: String,
    },
    /// The candidate was Ready.
    CandidateReady,
    /// Where the candidate answers by its tag.
    TagUrl(String),
    /// Where users reach the service.
    ServiceUrl(String),
    /// The share of requests that the candidate gets, as status shows it.
    Serving {
        /// 0 to 100.
        percent: u8,
    },
    /// What probing counted at a URL.
    Health {
        /// Which URL: `candidate` or `service`.
        of: String,
        /// The numbers.
        numbers: Numbers,
        /// How long the answers took; empty in records of older builds.
        #[serde(default, skip_serializing_if = "Times::is_empty")]
        times: Times,
    },
    /// What probing has counted at a URL while the step goes on.
    HealthSoFar {
        /// Which URL: `candidate` or `service`.
        of: String,
        /// The numbers.
        numbers: Numbers,
    },
    /// What a metric came to during a hold.
    Metric {
        /// Its name.
        name: String,
        /// The numbers.
        numbers: MetricNumbers,
    },
    /// What a metric has come to while the step goes on.
    MetricSoFar {
        /// Its name.
        name: String,
        /// The numbers.
        numbers: MetricNumbers,
    },
    /// A note for operators.
    Note(String),
    /// What a rollback could not make sure of; it goes into the outcome's reason.
    Unconfirmed(String),
    /// Objects beside the service that are about to be created or changed, as they are.
    ObjectsBefore(Vec<ObjectBefore>),
    /// Those of them that the apply found to need no change, by their places.
    ObjectsUnchanged(Vec<usize>),
    /// What the rollback made of them.
    ObjectsRestored(Restored),
    /// How far the Job of a step has come.
    Job(JobRun),
    /// What the step waits for, or the planning, in the words of the cluster or a program; none
    /// once it goes on.
    Waiting(Option<String>),
}

impl Observation {
    /// The observation with the texts changed that may quote programs and applications.
    #[must_use]
    pub fn map_text(self, mut change: impl FnMut(String) -> String) -> Self {
        match self {
            Self::Note(text) => Self::Note(change(text)),
            Self::Unconfirmed(text) => Self::Unconfirmed(change(text)),
            Self::Waiting(text) => Self::Waiting(text.map(change)),
            Self::Health { of, numbers, times } => {
                Self::Health { of, numbers: numbers.map_text(change), times }
            }
            Self::HealthSoFar { of, numbers } => {
                Self::HealthSoFar { of, numbers: numbers.map_text(change) }
            }
            Self::Metric { name, numbers } => {
                Self::Metric { name, numbers: numbers.map_text(change) }
            }
            Self::MetricSoFar { name, numbers } => {
                Self::MetricSoFar { name, numbers: numbers.map_text(change) }
            }
            Self::ObjectsRestored(restored) => Self::ObjectsRestored(restored.map_text(change)),
            // A rollback reads it back.
            Self::ObjectsBefore(_)
            | Self::ObjectsUnchanged(_)
            | Self::Job(_)
            | Self::Image(_)
            | Self::Generation(_)
            | Self::Candidate { .. }
            | Self::CandidateReady
            | Self::TagUrl(_)
            | Self::ServiceUrl(_)
            | Self::Serving { .. } => self,
        }
    }

    /// The observation without what objects held, for readers of the record.
    #[must_use]
    pub fn without_content(self) -> Self {
        match self {
            Self::ObjectsBefore(objects) => Self::ObjectsBefore(
                objects.into_iter().map(ObjectBefore::without_content).collect(),
            ),
            other => other,
        }
    }
}

/// Everything that the steps of one deployment learned so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observations {
    /// The image by digest.
    pub image: Option<ImageRef>,
    /// The service's generation after our last change.
    pub generation: Option<u64>,
    /// The candidate's name.
    pub candidate: Option<RevisionName>,
    /// Whether the candidate ever was Ready.
    pub candidate_ready: bool,
    /// Where the candidate answers by its tag.
    pub tag_url: Option<String>,
    /// Where users reach the service.
    pub service_url: Option<String>,
    /// The share of requests that the candidate gets, 0 to 100.
    pub percent: u8,
    /// The last numbers of probing.
    pub health: Option<Numbers>,
    /// The last numbers of each metric.
    pub metrics: BTreeMap<String, MetricNumbers>,
    /// Notes for operators.
    pub notes: Vec<String>,
    /// What a rollback could not make sure of.
    pub unconfirmed: Option<String>,
    /// The objects beside the service that were created or changed, as they were.
    pub objects: Vec<ObjectBefore>,
    /// What the rollback made of them.
    pub restored: Restored,
    /// How far each Job has come.
    pub jobs: Vec<JobRun>,
}

impl Observations {
    /// The observations with one more.
    pub fn learn(&mut self, finding: &Observation) {
        match finding {
            Observation::Image(image) => self.image = Some(image.clone()),
            Observation::Generation(generation) => self.generation = Some(*generation),
            Observation::Candidate { name, uid: _ } => self.candidate = Some(name.clone()),
            Observation::CandidateReady => self.candidate_ready = true,
            Observation::TagUrl(url) => self.tag_url = Some(url.clone()),
            Observation::ServiceUrl(url) => self.service_url = Some(url.clone()),
            Observation::Serving { percent } => self.percent = *percent,
            Observation::Health { of: _, numbers, times: _ }
            | Observation::HealthSoFar { of: _, numbers } => self.health = Some(numbers.clone()),
            Observation::Metric { name, numbers } | Observation::MetricSoFar { name, numbers } => {
                self.metrics.insert(name.clone(), numbers.clone());
            }
            Observation::Unconfirmed(text) => self.unconfirmed = Some(text.clone()),
            Observation::ObjectsBefore(objects) => {
                let is_new =
                    |old: &ObjectBefore| objects.iter().all(|new| new.document != old.document);
                self.objects.retain(is_new);
                self.objects.extend(objects.iter().cloned());
            }
            Observation::ObjectsUnchanged(places) => {
                self.objects.retain(|object| !places.contains(&object.document));
            }
            Observation::ObjectsRestored(restored) => self.restored.update(restored),
            Observation::Job(run) => {
                self.jobs.retain(|known| known.job != run.job);
                self.jobs.push(run.clone());
            }
            // It is over with its step.
            Observation::Waiting(_) => {}
            // A step that is retried repeats its notes.
            Observation::Note(text) if self.notes.contains(text) => {}
            Observation::Note(text) => self.notes.push(text.clone()),
        }
    }

    /// Whether a Job was begun and has not ended, as far as it is known.
    #[must_use]
    pub fn has_open_job(&self) -> bool {
        self.jobs.iter().any(|run| run.state.is_open())
    }
}
