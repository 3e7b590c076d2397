//! The data plane: which revision gets a request to a host, and what it answers.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;

use crate::sandbox::{
    Behaviour, Outcome, Reply,
    names::ObjectName,
    reconcile::{ServiceRun, Step},
    state::State,
};

impl State {
    /// Sends one request.
    pub(super) fn route(&mut self, host: &str) -> Reply {
        let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
        match self.pick(&host) {
            Some(revision) => self.ask(&revision),
            None => answer(None, Duration::from_millis(1), 404, ""),
        }
    }

    /// The revision whose turn it is.
    fn pick(&mut self, host: &str) -> Option<ObjectName> {
        let domain = self.settings.domain.clone();
        for (service, run) in &mut self.services {
            let names = names(service, run, &domain);
            let is_tag = |target: &Value| target["tag"].as_str().is_some_and(|tag| names.iter().any(|own| host == format!("{tag}-{own}")));
            let name = if names.iter().any(|own| host == own) {
                take_turn(&mut run.route.turns, &run.route.live)
            } else {
                let tagged = run.route.live.iter().find(|target| is_tag(target));
                tagged.and_then(|target| target["revisionName"].as_str().map(str::to_owned))
            };
            if let Some(name) = name {
                return Some(service.beside(&name));
            }
        }
        None
    }

    fn ask(&mut self, revision: &ObjectName) -> Reply {
        self.wake(revision);
        let now = self.now;
        let count = self.record.requests.entry(revision.clone()).or_default();
        *count += 1;
        let count = *count;
        let Some(run) = self.revisions.get_mut(revision) else {
            let body = format!("Error getting active endpoint: revision.serving.knative.dev \"{}\" not found", revision.name);
            return answer(None, Duration::from_millis(1), 404, &body);
        };
        run.last_request = now;
        let Some((pod, behaviour)) = run.pod.as_ref().zip(run.behaviour.as_ref()) else { return nothing(revision) };
        let (wait, running) = match pod.step {
            Step::Running { ready: true, since } => (Duration::ZERO, now.saturating_duration_since(since)),
            Step::Creating => {
                let Some(ready) = pod.ready_at else { return nothing(revision) };
                (ready.saturating_duration_since(now), Duration::ZERO)
            }
            Step::Ended(_) | Step::BackOff => {
                let body = "dial tcp 127.0.0.1:8080: connect: connection refused";
                return answer(Some(revision), Duration::from_millis(2), 502, body);
            }
            Step::Unschedulable(_) | Step::Waiting(_) | Step::Running { .. } => return nothing(revision),
        };
        if behaviour.silent {
            return nothing(revision);
        }
        let status = if running >= behaviour.failing_after && fails(behaviour, count) { 500 } else { 200 };
        let body = format!("{} rev={}", behaviour.version, revision.name);
        answer(Some(revision), wait + behaviour.latency, status, &body)
    }
}

/// The names under which a service is reached: the one inside the cluster, and the public one unless the public gateway is closed for it.
fn names(service: &ObjectName, run: &ServiceRun, domain: &str) -> Vec<String> {
    let base = format!("{}.{}", service.name, service.namespace);
    let public = (!run.route.is_closed).then(|| format!("{base}.{domain}"));
    public.into_iter().chain([format!("{base}.svc.cluster.local")]).collect()
}

/// Smooth weighted rotation: over any hundred requests each revision gets exactly its share.
fn take_turn(turns: &mut BTreeMap<String, i64>, live: &[Value]) -> Option<String> {
    let weighted = live.iter().filter_map(|target| Some((target["revisionName"].as_str()?, target["percent"].as_i64()?)));
    let mut total = 0;
    for (name, weight) in weighted.filter(|(_, weight)| *weight > 0) {
        *turns.entry(name.to_owned()).or_default() += weight;
        total += weight;
    }
    let next = turns.iter().max_by_key(|(_, credit)| **credit).map(|(name, _)| name.clone())?;
    *turns.get_mut(&next)? -= total;
    Some(next)
}

/// Spread evenly: of a hundred requests exactly so many fail.
fn fails(behaviour: &Behaviour, count: u64) -> bool {
    let percent = u64::from(behaviour.failing_percent);
    count * percent / 100 > (count - 1) * percent / 100
}

fn answer(revision: Option<&ObjectName>, delay: Duration, status: u16, body: &str) -> Reply {
    let outcome = Outcome::Answer { status, body: body.to_owned() };
    Reply { revision: revision.map(|name| name.name.clone()), delay, outcome }
}

fn nothing(revision: &ObjectName) -> Reply {
    Reply { revision: Some(revision.name.clone()), delay: Duration::ZERO, outcome: Outcome::Nothing }
}
