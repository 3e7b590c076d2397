//! From a request and what serves now to a plan. No I/O: the same input gives the same plan.

use std::time::Duration;

use boathook_core::{
    deployment::DeployRequest,
    objects::MetadataChange,
    rollout::{
        Note, Plan, ServiceManifest, Step,
        steps::{
            ApplyManifests, AwaitReady, ChangeVisibility, ConfirmStable, FindRevision, Hold,
            PatchService, PinTraffic, ProbeCandidate, PullElsewhere, PullImage, PullStable,
            ReadoptStable, RemoveCandidate, ShiftTraffic, TagCandidate, Verify,
        },
    },
};

use crate::{
    diagnosis,
    plan::{
        LiveService, PriorHealth, Pull, PullNodes, Rendered, Serves, Serving, Settings, Stage,
        Unusable, job_gates, metric_gates, restore::restore,
    },
};

/// A note for when the revision before cannot answer the probe of the new one.
const NOT_ASKED_BEFORE: &str = "the revision that serves does not answer well to what the new one is asked: the service's own URL counts at 100 % only";

/// Decides every step of a deployment and of its rollback; `live` is the service, if it exists.
#[must_use]
pub fn build(
    request: &DeployRequest,
    settings: &Settings,
    rendered: Rendered,
    live: Option<&LiveService>,
) -> Plan {
    let Rendered { beside, images, jobs, service: manifest, mut notes } = rendered;
    let outline = outline(request, settings, &manifest, live);
    let metadata = live.map(|live| live.metadata(&manifest, true)).unwrap_or_default();
    notes.extend(metadata.notes);
    let is_in_jobs = jobs.iter().any(|job| !job.images.is_empty());
    let is_in_several = is_in_jobs || !(images.is_empty() && manifest.also.is_empty());
    notes.extend(by_tag(request, settings).filter(|_| is_in_several).map(Note::from));
    let mappings = beside.iter().filter(|one| one.kind() == "DomainMapping");
    let domains = mappings.map(|one| one.name().to_owned()).collect();
    let restore = restore(settings, &beside);
    notes.extend(job_gates::early(&jobs, &beside, &images));
    let delete = job_gates::delete(&jobs, settings.waits.restore);
    let of_service = rollback(settings, live, metadata.undo);
    let rollback = delete.into_iter().chain(restore).chain(of_service).collect();
    let (settings, note) = settings.asking(&manifest.document.0["spec"]["template"]);
    notes.extend(note.map(Note::from));
    let (created, patch) = match live {
        None => (Some(manifest), None),
        Some(live) => (None, Some(patch(&settings, manifest, metadata.change, live))),
    };
    let apply = ApplyManifests {
        directory: format!("manifests/{}", settings.environment),
        documents: beside,
        sealed: false,
        images,
        service: created,
        deadline: settings.waits.retry_for,
    };
    let serving = live.and_then(LiveService::serving);
    let rollout = rollout(request, &settings, serving, metadata.opening, domains);
    notes.extend(live.and_then(of_what_serves).map(Note::from));
    notes.extend(outline.notes);
    notes.extend(metric_gates::notes(&settings, &rollout));
    let mut steps = pull(request, &settings, serving);
    notes.extend(job_gates::notes(&jobs, serving.is_none()));
    steps.extend(job_gates::before(&jobs, apply));
    steps.extend(patch.into_iter().chain(job_gates::after(&jobs, rollout)));
    let promotions = settings.promotion.clone();
    Plan { steps, rollback, notes, promotions, watch: settings.watch(), ..outline }
}

/// The change of a service that exists.
fn patch(
    settings: &Settings,
    service: ServiceManifest,
    metadata: MetadataChange,
    live: &LiveService,
) -> Step {
    Step::PatchService(PatchService {
        service,
        metadata,
        generation: live.service.generation(),
        deadline: settings.waits.retry_for,
    })
}

/// From the change to the end; `opening` makes the service public.
fn rollout(
    request: &DeployRequest,
    settings: &Settings,
    serving: Option<&Serving>,
    opening: Option<MetadataChange>,
    domains: Vec<String>,
) -> Vec<Step> {
    match serving {
        None => first(settings, domains),
        Some(Serving { answered_new, .. }) => {
            let was_healthy = *answered_new == PriorHealth::Healthy;
            let stages = settings.stages(request);
            staged(settings, &stages, was_healthy, opening, domains)
        }
    }
}

/// A plan without its steps: what does not depend on them.
pub(super) fn outline(
    request: &DeployRequest,
    settings: &Settings,
    manifest: &ServiceManifest,
    live: Option<&LiveService>,
) -> Plan {
    let container = manifest.container_name();
    let (kept, notes) = live.map(LiveService::kept).unwrap_or_default();
    Plan {
        service: request.service(),
        uid: live.map(|live| live.service.uid().to_owned()),
        container: container.map(str::to_owned),
        stable: live.and_then(LiveService::serving).map(|serving| serving.stable(container)),
        kept,
        timeouts: settings.timeouts.clone(),
        steps: Vec::new(),
        rollback: Vec::new(),
        manifests: None,
        notes,
        changes: Vec::new(),
        promotions: Vec::new(),
        watch: None,
    }
}

/// A note for an image that nobody gives a digest before it is in several containers.
fn by_tag(request: &DeployRequest, settings: &Settings) -> Option<String> {
    let DeployRequest { image, .. } = request;
    (!settings.pull.enabled && image.digest().is_none()).then(|| {
        format!("pull is off, so each container gets {image} by its tag, and its digest may differ where the tag moves")
    })
}

/// A note on what serves, where it limits the rollout.
fn of_what_serves(live: &LiveService) -> Option<String> {
    match &live.serves {
        Serves::Nothing(unusable) => unusable.as_ref().map(nothing_to_go_back_to),
        Serves::Revision(serving) => {
            let turns = serving.answered == PriorHealth::Healthy
                && serving.answered_new != PriorHealth::Healthy;
            turns.then(|| NOT_ASKED_BEFORE.to_owned())
        }
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

fn pull(request: &DeployRequest, settings: &Settings, serving: Option<&Serving>) -> Vec<Step> {
    let Pull { enabled: true, command, nodes } = &settings.pull else { return Vec::new() };
    let image = Step::PullImage(PullImage {
        image: request.image.clone(),
        command: command.clone(),
        deadline: settings.waits.retry_for,
    });
    let stable = serving
        .map(Serving::images)
        .into_iter()
        .flatten()
        .map(|image| Step::PullStable(PullStable { image, command: command.clone() }));
    let elsewhere = Step::PullElsewhere(PullElsewhere { deadline: settings.timeouts.pull });
    let elsewhere = (*nodes == PullNodes::All).then_some(elsewhere);
    std::iter::once(image).chain(elsewhere).chain(stable).collect()
}

/// From the change to a Ready candidate; `restarts` is how long its containers may keep restarting.
fn appear(settings: &Settings, restarts: Duration, domains: Vec<String>) -> [Step; 2] {
    let waits = &settings.waits;
    [
        Step::FindRevision(FindRevision { deadline: waits.traffic }),
        Step::AwaitReady(AwaitReady {
            deadline: waits.ready,
            grace: waits.unready_grace,
            restarts,
            poll_interval: waits.pods_interval(),
            domains,
        }),
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
    steps.push(Step::ProbeCandidate(ProbeCandidate {
        probing: settings.probing.clone(),
        was_healthy,
    }));
    for &Stage { percent, hold } in stages {
        steps.push(Step::ShiftTraffic(ShiftTraffic { percent, deadline }));
        if !hold.is_zero() {
            steps.push(Step::Hold(Hold {
                percent,
                duration: hold,
                delay: settings.probing.rules.delay,
                patience: settings.waits.verdict,
                probing: settings.probing.clone(),
                was_healthy,
                poll_interval: settings.waits.poll_interval,
                metrics: metric_gates::of_stage(settings, percent),
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
    live: Option<&LiveService>,
    metadata: MetadataChange,
) -> Vec<Step> {
    let Some(LiveService { service, serves: Serves::Revision(serving), .. }) = live else {
        return Vec::new();
    };
    let Serving { revision, answered, .. } = &**serving;
    let template = revision.template();
    let (asking, _) = settings.asking(&template.0);
    let readopt = Step::ReadoptStable(ReadoptStable {
        template,
        metadata,
        untouched: service.generation(),
        deadline: settings.waits.rollback,
        without_route: diagnosis::of_route(service).map(|found| found.words().to_owned()),
    });
    let confirm = service.url().map(|url| {
        Step::ConfirmStable(ConfirmStable {
            url: url.to_owned(),
            probing: asking.verify,
            was_healthy: *answered == PriorHealth::Healthy,
            was_silent: *answered == PriorHealth::NoAnswer,
        })
    });
    // Removing the candidate first makes room for stable, which may have to start again.
    let remove = Step::RemoveCandidate(RemoveCandidate {});
    [readopt, remove].into_iter().chain(confirm).collect()
}
