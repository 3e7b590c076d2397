//! The data plane: which revision gets a request to a host, and what it answers.

use std::{collections::BTreeMap, time::Duration};

use boathook_core::health::GrpcAnswer;
use serde_json::Value;

use crate::{
    Behaviour, Gateway, Kind, Outcome, Reply, Visit,
    names::ObjectName,
    runs::{ServiceRun, Step},
    state::State,
    store::Key,
};

/// How long a request is held where its revision does not say.
const TIMEOUT_SECONDS: u64 = 300;
/// How long requests still go to a container that has ended.
const NOTICED: Duration = Duration::from_secs(1);
const UNIMPLEMENTED: u32 = 12;
const UNAVAILABLE: u32 = 14;

/// Where the gateway sends a request.
enum Destination {
    Revision(ObjectName),
    /// A redirect to https.
    Https,
}

impl State {
    /// Sends one request.
    pub(super) fn route(&mut self, visit: &Visit) -> Reply {
        let host = visit.host.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let reply = match self.pick(visit.gateway, &host) {
            Some(Destination::Https) => redirect(visit),
            Some(Destination::Revision(revision)) if visit.is_kubelet() => {
                answer(Some(&revision), Duration::from_millis(1), 200, "")
            }
            Some(Destination::Revision(revision)) => {
                *self.record.requests.entry(revision.clone()).or_default() += 1;
                if self.is_spared(&revision, visit) {
                    *self.record.spared.entry(revision.clone()).or_default() += 1;
                }
                self.ask(&revision, visit)
            }
            None => answer(None, Duration::from_millis(1), 404, ""),
        };
        if visit.grpc.is_some() { as_grpc(reply) } else { reply }
    }

    /// Looks after a request that is held.
    pub(super) fn route_held(&mut self, revision: &ObjectName, visit: &Visit) -> Reply {
        let reply = self.ask(revision, visit);
        if visit.grpc.is_some() { as_grpc(reply) } else { reply }
    }

    /// The revision whose turn it is.
    fn pick(&mut self, gateway: Gateway, host: &str) -> Option<Destination> {
        let domain = self.settings.domain.clone();
        let mapped = self
            .domains
            .iter()
            .find(|(mapping, _)| mapping.name == host)
            .and_then(|(_, run)| run.live.clone());
        if let Some(service) = mapped {
            let route = &mut self.services.get_mut(&service)?.route;
            return take_turn(&mut route.turns, &route.live)
                .map(|name| Destination::Revision(service.beside(&name)));
        }
        for (service, run) in &mut self.services {
            let names = names(service, run, gateway, &domain);
            let is_tag = |target: &Value| {
                target["tag"]
                    .as_str()
                    .is_some_and(|tag| names.iter().any(|own| host == format!("{tag}-{own}")))
            };
            let name = if names.iter().any(|own| host == own) {
                take_turn(&mut run.route.turns, &run.route.live)
            } else {
                let tagged = run.route.live.iter().find(|target| is_tag(target));
                tagged.and_then(|target| target["revisionName"].as_str().map(str::to_owned))
            };
            if let Some(name) = name {
                let is_public = host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'));
                let redirects = run.route.redirects && is_public;
                return Some(if redirects {
                    Destination::Https
                } else {
                    Destination::Revision(service.beside(&name))
                });
            }
        }
        None
    }

    fn ask(&mut self, revision: &ObjectName, visit: &Visit) -> Reply {
        self.wake(revision);
        let now = self.now;
        let count = self.count_of_failing(revision);
        let is_spared = self.is_spared(revision, visit);
        let held = self.held(revision);
        let Some(run) = self.revisions.get_mut(revision) else {
            let body = format!(
                "Error getting active endpoint: revision.serving.knative.dev \"{}\" not found",
                revision.name
            );
            return answer(None, Duration::from_millis(1), 404, &body);
        };
        run.last_request = now;
        let Some((pod, behaviour)) = run.pod.as_ref().zip(run.behaviour.as_ref()) else {
            return held;
        };
        let (wait, running) = match &pod.step {
            Step::Running { ready: true, since } => {
                (Duration::ZERO, now.saturating_duration_since(*since))
            }
            Step::Creating => {
                let Some(ready) = pod.ready_at else { return held };
                (ready.saturating_duration_since(now), Duration::ZERO)
            }
            Step::Ended(ended) if now.duration_since(ended.at) < NOTICED => {
                let body = "dial tcp 127.0.0.1:8080: connect: connection refused";
                return answer(Some(revision), Duration::from_millis(2), 502, body);
            }
            Step::Ended(_)
            | Step::BackOff
            | Step::Unschedulable(_)
            | Step::Waiting(_)
            | Step::Running { .. } => return held,
        };
        if behaviour.silent {
            return nothing(revision);
        }
        let is_bad = running >= behaviour.failing_after && !is_spared && fails(behaviour, count);
        let status = if is_bad { 500 } else { 200 };
        let insisted = behaviour.application.answer(visit).filter(|_| status == 200);
        let usual = || Outcome::Answer {
            status,
            body: format!("{} rev={}", behaviour.version, revision.name),
        };
        let outcome = insisted.unwrap_or_else(usual);
        let status = outcome.status();
        let latency = behaviour.latency;
        if let Some(status) = status {
            *self.record.answers.entry((revision.clone(), status)).or_default() += 1;
        }
        Reply {
            revision: Some(revision.name.clone()),
            delay: wait + latency,
            outcome,
            held_for: None,
        }
    }

    /// Whether it asks for what the revision's program never fails.
    fn is_spared(&self, revision: &ObjectName, visit: &Visit) -> bool {
        let run = self.revisions.get(revision);
        let spared_path = run.and_then(|run| run.behaviour.as_ref()?.spared_path.as_ref());
        spared_path == Some(&visit.path)
    }

    /// How many requests its program may have failed so far.
    fn count_of_failing(&self, revision: &ObjectName) -> u64 {
        let count = |of: &BTreeMap<ObjectName, u64>| of.get(revision).copied().unwrap_or_default();
        count(&self.record.requests).saturating_sub(count(&self.record.spared))
    }

    /// A request that waits for a pod: Knative's activator gives it up once the revision's own time
    /// for a request is over.
    fn held(&self, revision: &ObjectName) -> Reply {
        let object =
            self.store.get(&Key::new(Kind::Revision, Some(&revision.namespace), &revision.name));
        let seconds = object
            .and_then(|object| object["spec"]["timeoutSeconds"].as_u64())
            .unwrap_or(TIMEOUT_SECONDS);
        let reply =
            answer(Some(revision), Duration::from_secs(seconds), 504, "activator request timeout");
        Reply { held_for: Some(revision.clone()), ..reply }
    }
}

/// The gateway's own answer where a service asks for https.
fn redirect(visit: &Visit) -> Reply {
    let location = format!("https://{}{}", visit.host.trim_end_matches(":80"), visit.path);
    let outcome = Outcome::Redirect { status: 301, location };
    Reply { revision: None, delay: Duration::from_millis(1), outcome, held_for: None }
}

/// The names under which a gateway has a service; a tag goes in front of them with a dash.
fn names(service: &ObjectName, run: &ServiceRun, gateway: Gateway, domain: &str) -> Vec<String> {
    let base = format!("{}.{}", service.name, service.namespace);
    let public = (!run.route.is_closed).then(|| format!("{base}.{domain}"));
    let inside = [format!("{base}.svc.cluster.local"), format!("{base}.svc"), base];
    let inside = inside.into_iter().filter(|_| gateway == Gateway::ClusterLocal);
    public.into_iter().chain(inside).collect()
}

/// The gateway's own answers to a gRPC client use gRPC's codes.
fn as_grpc(reply: Reply) -> Reply {
    let (code, message) = match (&reply.revision, &reply.outcome) {
        (None, Outcome::Answer { status: 404, .. }) => (UNIMPLEMENTED, String::new()),
        (None, Outcome::Answer { body, .. }) => (UNAVAILABLE, body.clone()),
        _ => return reply,
    };
    Reply { outcome: Outcome::Grpc(GrpcAnswer::Error { code, message }), ..reply }
}

/// Smooth weighted rotation: over any hundred requests each revision gets exactly its share.
fn take_turn(turns: &mut BTreeMap<String, i64>, live: &[Value]) -> Option<String> {
    let weighted = live
        .iter()
        .filter_map(|target| Some((target["revisionName"].as_str()?, target["percent"].as_i64()?)));
    let mut total = 0;
    for (name, weight) in weighted.filter(|(_, weight)| *weight > 0) {
        *turns.entry(name.to_owned()).or_default() += weight;
        total += weight;
    }
    let next = turns.iter().max_by_key(|(_, credit)| **credit).map(|(name, _)| name.clone())?;
    *turns.get_mut(&next)? -= total;
    Some(next)
}

/// Failures are spread evenly: of a hundred requests, exactly this many fail.
fn fails(behaviour: &Behaviour, count: u64) -> bool {
    let percent = u64::from(behaviour.failing_percent);
    count * percent / 100 > (count - 1) * percent / 100
}

fn answer(revision: Option<&ObjectName>, delay: Duration, status: u16, body: &str) -> Reply {
    let outcome = Outcome::Answer { status, body: body.to_owned() };
    Reply { revision: revision.map(|name| name.name.clone()), delay, outcome, held_for: None }
}

fn nothing(revision: &ObjectName) -> Reply {
    Reply {
        revision: Some(revision.name.clone()),
        delay: Duration::ZERO,
        outcome: Outcome::Nothing,
        held_for: None,
    }
}
