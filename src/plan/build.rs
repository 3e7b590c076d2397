//! From a request and what serves now to a plan. No I/O: the same input gives the same plan.

use std::time::Duration;

use boathook_core::{
    deployment::{DeployRequest, ImageRef, RevisionName},
    objects::{KeptTargets, MetadataChange},
    rollout::{
        ApplyManifests, AwaitReady, ChangeVisibility, ConfirmStable, FindRevision, Hold, Note,
        PatchService, PinTraffic, Plan, ProbeCandidate, PullImage, PullStable, ReadoptStable,
        RemoveCandidate, ServiceManifest, ShiftTraffic, Stable, Step, TagCandidate, Topic, Verify,
    },
};

use crate::{
    cluster::{Revision, Service},
    diagnosis,
    plan::{PullMode, Rendered, Settings, Stage, metadata::Metadata},
};

/// What the cluster had before the first change.
#[derive(Clone, Debug, PartialEq)]
pub enum Survey {
    /// There is no such service.
    NoService,
    /// It exists, but none of its revisions serves.
    NothingServes {
        /// The service.
        service: Box<Service>,
        /// The revision that has the traffic but cannot be stable, if one ever served.
        unusable: Option<Unusable>,
        /// The tags of others that cannot stay.
        lost: Vec<LostTag>,
    },
    /// A revision serves.
    Serves {
        /// The service.
        service: Box<Service>,
        /// The revision's name.
        stable: RevisionName,
        /// The revision.
        revision: Box<Revision>,
        /// How the service's own URL answered the probe of its current manifest.
        answered: PriorHealth,
        /// How it answered the probe of the new manifest, which is used while both revisions serve.
        answered_new: PriorHealth,
        /// The tags of others that cannot stay.
        lost: Vec<LostTag>,
    },
}

/// A revision that a tag of someone else names, and that cannot serve: Knative then changes no
/// traffic at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostTag {
    /// The revision.
    pub revision: RevisionName,
    /// Why it cannot serve, as a sentence about it goes on.
    pub why: String,
}

/// Why the revision that has the traffic cannot be stable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It is silent, and Knative refuses to route to a revision that is not Ready.
    Unready(RevisionName),
    /// Someone deleted it; users get 404.
    Deleted(RevisionName),
}

/// How a service answered before a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriorHealth {
    /// It was healthy.
    Healthy,
    /// It answered, but was not healthy.
    Unhealthy,
    /// It did not answer.
    NoAnswer,
}

/// A note for when the revision before cannot answer the probe of the new one.
const NOT_ASKED_BEFORE: &str = "the revision that serves does not answer well to what the new one is asked: the service's own URL counts at 100 % only";

/// Decides every step of a deployment and of its rollback.
#[must_use]
pub fn build(
    request: &DeployRequest,
    settings: &Settings,
    rendered: Rendered,
    survey: &Survey,
) -> Plan {
    let Rendered { beside, images, service: manifest, mut notes } = rendered;
    let container = manifest.container_name().map(str::to_owned);
    let metadata = survey.metadata(&manifest, true);
    notes.extend(metadata.notes);
    if settings.pull == PullMode::Off
        && request.image.digest().is_none()
        && !(images.is_empty() && manifest.also.is_empty())
    {
        let image = &request.image;
        notes.push(format!("pull is off, so each container gets {image} by its tag, and its digest may differ where the tag moves").into());
    }
    let domains: Vec<String> = beside
        .iter()
        .filter(|one| one.kind() == "DomainMapping")
        .map(|one| one.name().to_owned())
        .collect();
    let (rollback, (settings, note)) = (
        rollback(settings, survey, metadata.undo),
        settings.asking(&manifest.document.0["spec"]["template"]),
    );
    let settings = &settings;
    notes.extend(note.map(Note::from));
    let apply = |service| {
        Step::ApplyManifests(ApplyManifests {
            directory: format!("manifests/{}", settings.environment),
            documents: beside,
            sealed: false,
            images,
            service,
            deadline: settings.waits.retry_for,
        })
    };
    let patch = |service: &Service, manifest| {
        let (generation, deadline) = (service.generation(), settings.waits.retry_for);
        Step::PatchService(PatchService {
            service: manifest,
            metadata: metadata.change,
            generation,
            deadline,
        })
    };
    let (kept, removed_tags) = survey.kept();
    let mut steps = pull(request, settings, survey);
    match survey {
        Survey::NoService => {
            steps.push(apply(Some(manifest)));
            steps.extend(first(settings, domains));
        }
        Survey::NothingServes { service, unusable, lost: _ } => {
            notes.extend(unusable.as_ref().map(|unusable| nothing_to_go_back_to(unusable).into()));
            steps.extend([apply(None), patch(service, manifest)]);
            steps.extend(first(settings, domains));
        }
        Survey::Serves { service, answered, answered_new, .. } => {
            if *answered == PriorHealth::Healthy && *answered_new != PriorHealth::Healthy {
                notes.push(NOT_ASKED_BEFORE.to_owned().into());
            }
            steps.extend([apply(None), patch(service, manifest)]);
            steps.extend(staged(
                settings,
                &settings.stages(request),
                *answered_new == PriorHealth::Healthy,
                metadata.opening,
                domains,
            ));
        }
    }
    notes.extend(removed_tags);
    Plan {
        service: request.service(),
        uid: survey.uid(),
        stable: survey.stable(container.as_deref()),
        container,
        kept,
        timeouts: settings.timeouts.clone(),
        steps,
        rollback,
        notes,
        promotion: settings.promotion(request),
    }
}

impl Survey {
    /// The generation that was read; 0 if there is no service.
    pub(super) fn generation(&self) -> u64 {
        match self {
            Self::NoService => 0,
            Self::NothingServes { service, .. } | Self::Serves { service, .. } => {
                service.generation()
            }
        }
    }

    pub(super) fn uid(&self) -> Option<String> {
        match self {
            Self::NoService => None,
            Self::NothingServes { service, .. } | Self::Serves { service, .. } => {
                Some(service.uid().to_owned())
            }
        }
    }

    /// The revision that serves; `container` is the one that gets the image, where it has a name.
    pub(super) fn stable(&self, container: Option<&str>) -> Option<Stable> {
        match self {
            Self::NoService | Self::NothingServes { .. } => None,
            Self::Serves { stable, revision, .. } => {
                Some(Stable { revision: stable.clone(), image: revision.resolved_image(container) })
            }
        }
    }

    /// The images of the revision that serves, sidecars included.
    fn stable_images(&self) -> Vec<ImageRef> {
        match self {
            Self::NoService | Self::NothingServes { .. } => Vec::new(),
            Self::Serves { revision, .. } => revision.resolved_images(),
        }
    }

    /// The change of the service's own labels and annotations; none if the apply creates it.
    /// `in_stages` says that a new revision gets traffic in stages.
    pub(super) fn metadata(&self, manifest: &ServiceManifest, in_stages: bool) -> Metadata {
        match self {
            Self::NoService => Metadata::default(),
            Self::NothingServes { service, .. } => Metadata::of(&manifest.document, service, false),
            Self::Serves { service, .. } => Metadata::of(&manifest.document, service, in_stages),
        }
    }

    /// The tags of others that stay, and notes of those that cannot: Knative changes no traffic
    /// that names a revision which cannot serve.
    pub(super) fn kept(&self) -> (KeptTargets, Vec<Note>) {
        let (service, unusable, lost) = match self {
            Self::NoService => return (KeptTargets::default(), Vec::new()),
            Self::NothingServes { service, unusable, lost } => (service, unusable.as_ref(), lost),
            Self::Serves { service, lost, .. } => (service, None, lost),
        };
        let unusable = unusable.map(|unusable| match unusable {
            Unusable::Unready(revision) | Unusable::Deleted(revision) => (revision, ""),
        });
        let lost = lost.iter().map(|LostTag { revision, why }| (revision, why.as_str()));
        let mut kept = KeptTargets::of(service.wanted_traffic());
        let mut notes = Vec::new();
        for (revision, why) in unusable.into_iter().chain(lost) {
            let (rest, tags) = kept.without(revision);
            kept = rest;
            if !tags.is_empty() {
                notes.push(Topic::RemovedTag.note(format!(
                    "{revision}{why} loses its tag ({}): Knative changes no traffic that names a revision which cannot serve",
                    tags.join(", ")
                )));
            }
        }
        (kept, notes)
    }
}

fn nothing_to_go_back_to(unusable: &Unusable) -> String {
    let what = match unusable {
        Unusable::Unready(revision) => {
            format!("{revision} has the traffic, is not Ready and does not answer")
        }
        Unusable::Deleted(revision) => {
            format!("{revision} has the traffic and was deleted, so users get 404")
        }
    };
    format!("{what}; it is replaced as in a first deployment, and not gone back to")
}

fn pull(request: &DeployRequest, settings: &Settings, survey: &Survey) -> Vec<Step> {
    let command = match &settings.pull {
        PullMode::Off => return Vec::new(),
        PullMode::Crictl => None,
        PullMode::By(words) => Some(words.clone()),
    };
    let image = Step::PullImage(PullImage {
        image: request.image.clone(),
        command: command.clone(),
        deadline: settings.waits.retry_for,
    });
    let stable = survey
        .stable_images()
        .into_iter()
        .map(|image| Step::PullStable(PullStable { image, command: command.clone() }));
    std::iter::once(image).chain(stable).collect()
}

/// From the change to a Ready candidate; `restarts` is how long its containers may keep restarting.
fn appear(settings: &Settings, restarts: Duration, domains: Vec<String>) -> [Step; 2] {
    let waits = &settings.waits;
    let (deadline, grace, poll_interval) = (waits.ready, waits.grace, waits.poll_interval);
    [
        Step::FindRevision(FindRevision { deadline: waits.revision }),
        Step::AwaitReady(AwaitReady { deadline, grace, restarts, poll_interval, domains }),
    ]
}

/// A first deployment: it gets traffic once it is Ready, and is then verified.
fn first(settings: &Settings, domains: Vec<String>) -> Vec<Step> {
    let pin = Step::PinTraffic(PinTraffic { deadline: settings.waits.traffic });
    let verify = Step::Verify(Verify { probing: settings.verify.clone() });
    appear(settings, settings.waits.first_deployment_restarts, domains)
        .into_iter()
        .chain([pin, verify])
        .collect()
}

/// Probes the candidate at its own URL, then the stages, then the service's own URL.
fn staged(
    settings: &Settings,
    stages: &[Stage],
    was_healthy: bool,
    opening: Option<MetadataChange>,
    domains: Vec<String>,
) -> Vec<Step> {
    let deadline = settings.waits.traffic;
    let mut steps = appear(settings, Duration::ZERO, domains).to_vec();
    steps.push(Step::TagCandidate(TagCandidate { deadline }));
    steps.push(Step::ProbeCandidate(ProbeCandidate { probing: settings.probing.clone() }));
    for &Stage { percent, hold } in stages {
        steps.push(Step::ShiftTraffic(ShiftTraffic { percent, deadline }));
        if !hold.is_zero() {
            steps.push(Step::Hold(Hold {
                percent,
                duration: hold,
                delay: settings.delay,
                patience: settings.waits.patience,
                probing: settings.probing.clone(),
                was_healthy,
                poll_interval: settings.waits.poll_interval_in_holds,
            }));
        }
    }
    steps.extend(
        opening.map(|metadata| Step::ChangeVisibility(ChangeVisibility { metadata, deadline })),
    );
    steps.push(Step::Verify(Verify { probing: settings.verify.clone() }));
    steps.push(Step::PinTraffic(PinTraffic { deadline }));
    steps
}

/// The rollback to what serves now.
pub(super) fn rollback(
    settings: &Settings,
    survey: &Survey,
    metadata: MetadataChange,
) -> Vec<Step> {
    let Survey::Serves { service, revision, answered, .. } = survey else { return Vec::new() };
    let (settings, _) = settings.asking(&revision.template().0);
    let (was_healthy, was_silent) =
        (*answered == PriorHealth::Healthy, *answered == PriorHealth::NoAnswer);
    let without_route = diagnosis::of_route(service).map(|found| found.words().to_owned());
    let (untouched, deadline) = (service.generation(), settings.waits.rollback);
    let readopt = ReadoptStable {
        template: revision.template(),
        metadata,
        untouched,
        deadline,
        without_route,
    };
    let confirm = service.url().map(|url| {
        Step::ConfirmStable(ConfirmStable {
            url: url.to_owned(),
            probing: settings.verify.clone(),
            was_healthy,
            was_silent,
        })
    });
    let remove = Step::RemoveCandidate(RemoveCandidate {});
    // Removing the candidate first makes room for stable, which may have to start again.
    [Step::ReadoptStable(readopt), remove].into_iter().chain(confirm).collect()
}
