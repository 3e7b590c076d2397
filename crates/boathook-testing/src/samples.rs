//! Requests and events as they come, for tests of the record and of what reads it.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
    time::Duration,
};

use boathook::{
    journal::{Accepted, Journal, RollbackOrder, Summary},
    observers::promotion::{CurrentRoute, CurrentRoutes, Deliver, Terms},
    scheduler::Limits,
};
use boathook_core::{
    deploy_windows::DeployWindows,
    deployment::{
        Actor, Bundle, BundlePath, DeployRequest, DeploymentId, Environment, ExternalId, ImageRef,
        KeyUse, Namespace, Percent, RevisionName, ServiceKey, ServiceName, Token,
    },
    health::{Rules, Window},
    objects::KeptTargets,
    proof::{Withdrawal, WithdrawalCause},
    record::{
        Acceptance, Approvers, CommandEvent, CommandExit, DeploymentEvent, Event, Failure,
        KeepsOut, Origin, Outcome, RequestSource, StepEvent,
    },
    rollout::{
        Observation, OnBad, Plan, Probing, Scheme, Stable, Step, Timeouts, UrlSettings, WatchRule,
        steps::{Hold, PinTraffic, PullImage, ShiftTraffic},
    },
};
use boathook_sandbox::Caller;
use tokio::sync::watch;

use crate::setup::DEFAULT;
use crate::shipped::Shipped as _;

/// How many may wait, where a test does not care.
pub const QUEUE: usize = 1000;

pub fn image(text: &str) -> ImageRef {
    ImageRef::parse(text).unwrap()
}

pub fn revision(text: &str) -> RevisionName {
    RevisionName::parse(text).unwrap()
}

pub fn service(name: &str) -> ServiceKey {
    ServiceKey {
        namespace: Namespace::parse(name).unwrap(),
        service: ServiceName::parse(name).unwrap(),
    }
}

/// A digest that an operator withdrew.
pub fn withdrawal(image: &ImageRef, by: Actor) -> Withdrawal {
    Withdrawal {
        id: DeploymentId::from_lookup("0123"),
        digest: image.digest().unwrap().clone(),
        cause: WithdrawalCause::Operator { by },
        since: "2026-08-01T10:00:00Z".parse().unwrap(),
    }
}

/// boathook's account in the sandbox, as it is shipped for one service.
pub fn deployer(namespace: &str, service: &str) -> Caller {
    Caller::deployer(Namespace::parse(namespace).unwrap(), ServiceName::parse(service).unwrap())
}

/// A request for staging, as `service` in the namespace of the same name.
pub fn request(name: &str, deployment_id: &str) -> DeployRequest {
    DeployRequest {
        commit_sha: Some("4f2a9c1".to_owned()),
        timestamp: Some("2026-08-01T10:00:00Z".parse().unwrap()),
        ..DeployRequest::new(
            Environment::STAGING,
            image("registry.example/game:1"),
            service(name),
            ExternalId::parse(deployment_id).unwrap(),
        )
    }
}

/// A bundle of these files.
pub fn bundle(files: &[(&str, &str)]) -> Bundle {
    let file =
        |(path, text): &(&str, &str)| (BundlePath::parse(path).unwrap(), text.as_bytes().to_vec());
    Bundle::new(files.iter().map(file).collect())
}

pub fn accepted_as_sent(request: DeployRequest) -> Acceptance {
    Acceptance {
        request,
        token: Token::from_random([7; 32]),
        signed_by: "staging-1".to_owned(),
        key_use: KeyUse::Deploy,
        identity: None,
        delivery: None,
        source: RequestSource::Listener,
        client: None,
        attempt: 1,
        origin: Origin::Requested,
        approve_until: None,
        opens_at: None,
        approvers: Approvers::default(),
    }
}

pub fn acceptance(name: &str, deployment_id: &str) -> Acceptance {
    accepted_as_sent(request(name, deployment_id))
}

/// So many at once; a newer request takes the place of the older one everywhere, or nowhere.
pub fn limits(running: usize, replacing: bool) -> watch::Receiver<Limits> {
    let replacing = if replacing { Environment::ALL.to_vec() } else { Vec::new() };
    let limits = Limits { running, replacing, windows: BTreeMap::new(), frozen: BTreeMap::new() };
    watch::Sender::new(limits).subscribe()
}

/// Routes from everywhere to everywhere, on no terms.
pub fn routes(deliver: Deliver) -> CurrentRoutes {
    Arc::new(move |_, _| CurrentRoute { terms: Terms::default(), deliver: Arc::clone(&deliver) })
}

/// Deployment windows with these settings, and else as shipped.
pub fn windows(settings: &str) -> DeployWindows {
    let shipped: serde_yaml::Value = serde_yaml::from_str(DEFAULT).unwrap();
    let mut windows = shipped["defaults"]["windows"].as_mapping().unwrap().clone();
    windows.extend(serde_yaml::from_str::<serde_yaml::Mapping>(settings).unwrap());
    serde_yaml::from_value(windows.into()).unwrap()
}

/// Accepts a request that must be new.
pub async fn accept(journal: &Journal, name: &str, deployment_id: &str) -> DeploymentId {
    new(journal.accept(acceptance(name, deployment_id), QUEUE).await.unwrap()).id
}

pub fn new(accepted: Accepted) -> Summary {
    match accepted {
        Accepted::New(summary) => summary,
        Accepted::Repeat(summary) => panic!("taken for a repeat: {summary:?}"),
    }
}

/// The shipped rules of health, but that `/` is probed, and at once.
pub fn rules() -> Rules {
    static SHIPPED: LazyLock<Rules> = LazyLock::new(|| {
        let config: serde_yaml::Value = serde_yaml::from_str(DEFAULT).unwrap();
        serde_yaml::from_value(config["defaults"]["health"].clone()).unwrap()
    });
    Rules { paths: vec!["/".to_owned()], delay: Duration::ZERO, ..SHIPPED.clone() }
}

/// Services that are probed without TLS, wherever their names lead.
pub fn plain_http() -> UrlSettings {
    UrlSettings {
        scheme: Scheme::Http,
        domain: String::new(),
        port: None,
        ingress_address: None,
        cluster_local: None,
    }
}

/// Two steps, of which the second changes the service, and one step back.
pub fn plan(name: &str) -> Arc<Plan> {
    let minute = Duration::from_secs(60);
    let timeouts = Timeouts {
        pull: minute,
        inspect: minute,
        get: minute,
        apply: minute,
        patch: minute,
        watch: minute,
        logs: minute,
        delete: minute,
        kustomize: minute,
    };
    Arc::new(Plan {
        uid: None,
        service: service(name),
        container: None,
        stable: None,
        kept: KeptTargets::default(),
        timeouts,
        steps: vec![
            Step::PullImage(PullImage {
                image: image("registry.example/game:1"),
                command: None,
                deadline: minute,
            }),
            Step::ShiftTraffic(ShiftTraffic { percent: Percent::FULL, deadline: minute }),
        ],
        rollback: vec![Step::PinTraffic(PinTraffic { deadline: minute })],
        manifests: None,
        notes: Vec::new(),
        changes: Vec::new(),
        promotions: Vec::new(),
        watch: None,
    })
}

/// A rollout in stages, of which those before the last are held and probed, from this revision on.
pub fn plan_with_hold(name: &str, stable: &str) -> Arc<Plan> {
    let minute = Duration::from_secs(60);
    let second = Duration::from_secs(1);
    let rules = Rules {
        timeout: second,
        cold_start: second,
        interval: second,
        window: Window { failures: 0, of: 0 },
        min_samples: 1,
        ..rules()
    };
    let hold = Hold {
        percent: Percent::new(10).unwrap(),
        duration: minute * 2,
        delay: Duration::ZERO,
        patience: minute,
        probing: Probing { rules, url: plain_http(), deadline: minute },
        was_healthy: true,
        poll_interval: second,
        metrics: Vec::new(),
    };
    let shift = |percent| Step::ShiftTraffic(ShiftTraffic { percent, deadline: minute });
    let half = Hold { percent: Percent::new(50).unwrap(), ..hold.clone() };
    let steps = vec![
        shift(hold.percent),
        Step::Hold(hold),
        shift(half.percent),
        Step::Hold(half),
        shift(Percent::FULL),
    ];
    Arc::new(Plan { steps, ..Plan::clone(&plan_from(name, stable)) })
}

/// What a rollout has recorded when its first hold begins.
pub fn held(name: &str) -> Vec<Event> {
    vec![
        Event::Deployment(DeploymentEvent::Started),
        Event::Deployment(DeploymentEvent::Planned { plan: plan_with_hold(name, "game-00001") }),
        step_started(),
        Event::Step(StepEvent::StepLearned {
            finding: Observation::Candidate { name: revision("game-00002"), uid: "u-1".to_owned() },
        }),
        step_ended(vec![Observation::Serving { percent: 10 }]),
        step_started(),
    ]
}

/// The same for a service that serves this revision.
pub fn plan_from(name: &str, stable: &str) -> Arc<Plan> {
    let stable =
        Stable { revision: revision(stable), image: Some(image("registry.example/game:1")) };
    Arc::new(Plan { stable: Some(stable), ..Plan::clone(&plan(name)) })
}

pub fn step_started() -> Event {
    Event::Step(StepEvent::StepStarted { step: "some_step".to_owned() })
}

pub fn step_ended(findings: Vec<Observation>) -> Event {
    Event::Step(StepEvent::StepEnded { findings })
}

pub fn step_failed(reason: &str) -> Event {
    Event::Step(StepEvent::StepFailed { failure: Failure::Failed { reason: reason.to_owned() } })
}

pub fn command_started(command: u32) -> Event {
    Event::Command(CommandEvent::CommandStarted {
        command,
        argv: vec!["kubectl".to_owned(), "get".to_owned()],
    })
}

pub fn ended(end: Outcome) -> Event {
    Event::Deployment(DeploymentEvent::Ended { end, reason: None })
}

/// An operator's order that keeps promotions out.
pub fn rollback(
    environment: Environment,
    service: &ServiceKey,
    to: Option<DeploymentId>,
    by: Actor,
) -> RollbackOrder {
    let keeps_out = KeepsOut::Promotions;
    RollbackOrder { environment, service: service.clone(), to, by, keeps_out, of: None }
}

/// The same where the success is watched for an hour.
pub fn watched_success(name: &str, candidate: &str, digest: &ImageRef) -> Vec<Event> {
    let hour = Duration::from_secs(3600);
    let probing = Probing { rules: rules(), url: plain_http(), deadline: hour };
    let watch = WatchRule { duration: hour, on_bad: OnBad::Rollback }.with(probing, hour);
    let watched = Plan { watch: Some(watch), ..Plan::clone(&plan(name)) };
    let planned = DeploymentEvent::Planned { plan: Arc::new(watched) };
    let events = success(name, candidate, digest).into_iter();
    events.map(|one| if one.plan().is_some() { planned.clone().into() } else { one }).collect()
}

/// Everything after the acceptance of a deployment that succeeds and leaves `candidate` serving the
/// image of digest `digest`.
pub fn success(name: &str, candidate: &str, digest: &ImageRef) -> Vec<Event> {
    vec![
        Event::Deployment(DeploymentEvent::Started),
        command_started(1),
        Event::Command(CommandEvent::CommandEnded {
            command: 1,
            exit: CommandExit::Code(0),
            duration_ms: 12,
            stdout: "{}".to_owned(),
            stderr: String::new(),
        }),
        Event::Deployment(DeploymentEvent::Planned { plan: plan(name) }),
        step_started(),
        step_ended(vec![Observation::Image(digest.clone())]),
        step_started(),
        Event::Step(StepEvent::StepLearned {
            finding: Observation::Candidate { name: revision(candidate), uid: "u-1".to_owned() },
        }),
        step_ended(vec![Observation::Serving { percent: 100 }]),
        ended(Outcome::Succeeded),
    ]
}

pub async fn append_all(journal: &Journal, id: &DeploymentId, events: Vec<Event>) {
    for event in events {
        journal.append(id, event).await.unwrap();
    }
}
