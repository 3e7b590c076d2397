//! The container with the port: how it runs, ends, and is restarted with growing delays.

use std::time::Duration;

use serde_json::Value;

use crate::{
    Behaviour, Gateway, Start, Visit,
    events::EventDetails,
    names::ObjectName,
    reconcile::{amount::bytes, emitting::KUBELET, keys::revision_key, probing::UNREADY},
    runs::{Ended, PodRun, Step},
    state::State,
};

/// How long an ended container is shown as such before it is started again at once.
const SHOWN_ENDED: Duration = Duration::from_millis(300);
/// The same where the runtime could not start it.
const SHOWN_UNSTARTED: Duration = Duration::from_secs(1);
/// The first wait before a container is started that ended twice.
const FIRST_BACK_OFF: Duration = Duration::from_secs(10);
/// The longest back-off of a container that keeps ending.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(300);
/// A container that ran for so long counts as well.
const RAN_WELL: Duration = Duration::from_secs(600);
/// How long after the end of the back-off the kubelet syncs the pod.
const LATE: Duration = Duration::from_millis(800);
/// How long the kubelet syncs a new pod each second.
const YOUNG: Duration = Duration::from_secs(4);
/// The interval of the kubelet's sync of an older pod.
const SYNC: Duration = Duration::from_secs(13);
/// How long a container takes to end after TERM.
const ENDING: Duration = Duration::from_secs(1);
/// What the runtime itself needs before the program runs; no limit can be below that.
const RUNTIME_NEEDS: i128 = 2_404_352;
const START_FAILED: &str = "failed to create containerd task: failed to create shim task: OCI \
                            runtime create failed: runc create failed: unable to start container \
                            process: ";

/// What a container's template says of how it is run.
struct Orders {
    program: Option<String>,
    memory: Option<i128>,
    /// What an `httpGet` readiness probe asks.
    readiness: Option<Visit>,
    liveness: Option<Liveness>,
}

struct Liveness {
    period: Duration,
    threshold: u32,
}

impl State {
    /// What the container with the port does next; gives the time until something more happens.
    pub(super) fn move_container(
        &mut self,
        revision: &ObjectName,
        pod: &mut PodRun,
    ) -> Option<Duration> {
        match pod.step.clone() {
            Step::Running { since, ready } => self.disturb(revision, pod, since, ready),
            Step::Ended(ended) if pod.back_off.is_zero() => {
                pod.back_off = FIRST_BACK_OFF;
                pod.last = Some(ended);
                self.start_again(revision, pod)
            }
            Step::Ended(ended) => {
                let shown = self.now.duration_since(ended.at);
                pod.last = Some(ended);
                pod.step = Step::BackOff;
                self.emit_for_back_off(revision, pod);
                Some((pod.back_off + LATE).saturating_sub(shown))
            }
            Step::BackOff => {
                pod.back_off = (pod.back_off * 2).min(LONGEST_BACK_OFF);
                self.start_again(revision, pod)
            }
            Step::Unschedulable(_) | Step::Creating | Step::Waiting(_) => None,
        }
    }

    fn start_again(&mut self, revision: &ObjectName, pod: &mut PodRun) -> Option<Duration> {
        pod.restarts += 1;
        pod.unlively = 0;
        self.begin_serving(revision, pod)
    }

    /// A running container ends, or does not answer its liveness probe.
    fn disturb(
        &mut self,
        revision: &ObjectName,
        pod: &mut PodRun,
        since: tokio::time::Instant,
        ready: bool,
    ) -> Option<Duration> {
        let behaviour = self.revisions.get(revision)?.behaviour.clone()?;
        let orders = self.orders(revision);
        if let Some(liveness) = orders.liveness.filter(|_| ready && behaviour.lives_for.is_some()) {
            return Some(self.fail_liveness(revision, pod, &liveness));
        }
        if self.now.duration_since(since) >= RAN_WELL {
            pod.back_off = Duration::ZERO;
        }
        let (exit_code, message) = match (&behaviour.start, behaviour.crash_after) {
            (Start::Crash { exit_code, message }, _) if !ready => {
                (*exit_code, format!("{message}\n"))
            }
            (_, Some((_, code))) => {
                (code, format!("FATAL: {} ended by itself\n", behaviour.version))
            }
            (_, None) => (1, String::new()),
        };
        Some(self.end(revision, pod, exit_code, message))
    }

    /// The container has ended; gives the time until that has a consequence.
    fn end(
        &mut self,
        revision: &ObjectName,
        pod: &mut PodRun,
        exit_code: i32,
        message: String,
    ) -> Duration {
        let (reason, message) =
            if exit_code == 0 { ("Completed", String::new()) } else { ("Error", message) };
        self.end_for(revision, pod, Ended { exit_code, reason, message, at: self.now })
    }

    fn end_for(&mut self, revision: &ObjectName, pod: &mut PodRun, ended: Ended) -> Duration {
        let shown = if ended.reason == "StartError" { SHOWN_UNSTARTED } else { SHOWN_ENDED };
        pod.step = Step::Ended(ended);
        pod.ready_at = None;
        if pod.back_off.is_zero() {
            return shown;
        }
        self.emit_for_back_off(revision, pod);
        if self.now.duration_since(pod.born) < YOUNG {
            Duration::from_secs(1)
        } else {
            SYNC.min(pod.back_off + LATE)
        }
    }

    fn emit_for_back_off(&mut self, revision: &ObjectName, pod: &mut PodRun) {
        let container = self.serving_container(revision);
        let message = format!(
            "Back-off restarting failed container {container} in pod {}_{}({})",
            pod.name, revision.namespace, pod.uid
        );
        self.emit_for_pod(
            revision,
            pod,
            &container,
            &EventDetails::warning(KUBELET, "BackOff", &message),
        );
    }

    /// A liveness probe fails; after enough of them the container is killed and started again,
    /// ready all the while unless it was started again a short time ago.
    fn fail_liveness(
        &mut self,
        revision: &ObjectName,
        pod: &mut PodRun,
        liveness: &Liveness,
    ) -> Duration {
        let container = self.serving_container(revision);
        if pod.unlively > liveness.threshold {
            return self.kill(revision, pod);
        }
        pod.unlively += 1;
        let failed = "Liveness probe failed: HTTP probe failed with statuscode: 500";
        self.emit_for_pod(
            revision,
            pod,
            &container,
            &EventDetails::warning(KUBELET, "Unhealthy", failed),
        );
        if pod.unlively < liveness.threshold {
            return liveness.period;
        }
        pod.unlively += 1;
        let killed = format!("Container {container} failed liveness probe, will be restarted");
        self.emit_for_pod(
            revision,
            pod,
            &container,
            &EventDetails::normal(KUBELET, "Killing", &killed),
        );
        self.emit_for_pod(
            revision,
            pod,
            "queue-proxy",
            &EventDetails::warning(KUBELET, "Unhealthy", UNREADY),
        );
        ENDING
    }

    fn kill(&mut self, revision: &ObjectName, pod: &mut PodRun) -> Duration {
        let port = self.port_of(revision);
        let message = format!("listening on {port}\n");
        let ended = Ended { exit_code: 143, reason: "Error", message, at: self.now };
        let waits =
            pod.last.as_ref().is_some_and(|last| self.now.duration_since(last.at) < pod.back_off);
        let first = pod.last.is_none();
        pod.last = Some(ended.clone());
        if waits {
            pod.step = Step::BackOff;
            self.emit_for_back_off(revision, pod);
            return pod.back_off + LATE;
        }
        if !first {
            pod.back_off = if pod.back_off.is_zero() {
                FIRST_BACK_OFF
            } else {
                (pod.back_off * 2).min(LONGEST_BACK_OFF)
            };
        }
        self.start_again(revision, pod).unwrap_or(SYNC)
    }

    /// The container is started; gives the time until something more happens, if ever.
    pub(super) fn run_container(
        &mut self,
        revision: &ObjectName,
        pod: &mut PodRun,
        behaviour: &Behaviour,
    ) -> Option<Duration> {
        let orders = self.orders(revision);
        if let Some(why) = orders.start_error(behaviour) {
            let container = self.serving_container(revision);
            self.emit_for_pod(
                revision,
                pod,
                &container,
                &EventDetails::warning(KUBELET, "Failed", &format!("Error: {why}")),
            );
            let ended = Ended { exit_code: 128, reason: "StartError", message: why, at: self.now };
            return Some(self.end_for(revision, pod, ended));
        }
        let container = self.serving_container(revision);
        self.emit_for_pod(
            revision,
            pod,
            &container,
            &EventDetails::normal(KUBELET, "Started", "Container started"),
        );
        if orders.memory.is_some_and(|limit| limit < i128::from(behaviour.memory)) {
            let ended =
                Ended { exit_code: 137, reason: "OOMKilled", message: String::new(), at: self.now };
            return Some(self.end_for(revision, pod, ended));
        }
        let goes_wrong = behaviour.bad_starts.is_none_or(|bad| pod.restarts < bad);
        if let Start::Crash { exit_code, message } = &behaviour.start
            && goes_wrong
        {
            if behaviour.ends_after.is_zero() {
                return Some(self.end(revision, pod, *exit_code, format!("{message}\n")));
            }
            pod.step = Step::Running { ready: false, since: self.now };
            return Some(behaviour.ends_after);
        }
        let answers =
            orders.readiness.as_ref().is_none_or(|probe| behaviour.application.passes(probe));
        let ready =
            answers && behaviour.start != Start::NeverReady && self.listens(revision, behaviour);
        pod.step = Step::Running { ready, since: self.now };
        let until_unlively = behaviour.lives_for.filter(|_| orders.liveness.is_some());
        until_unlively.or(behaviour.crash_after.map(|(running, _)| running)).filter(|_| ready)
    }

    fn orders(&self, revision: &ObjectName) -> Orders {
        let serving = self.serving_container(revision);
        let object = self.store.get(&revision_key(revision));
        let mut containers =
            object.and_then(|object| object["spec"]["containers"].as_array()).into_iter().flatten();
        containers
            .find(|container| container["name"] == serving.as_str())
            .map_or_else(|| Orders::of(&Value::Null), Orders::of)
    }

    /// Whether the image listens where the template says.
    fn listens(&self, revision: &ObjectName, behaviour: &Behaviour) -> bool {
        behaviour.port.is_none_or(|port| u64::from(port) == self.port_of(revision))
    }

    /// The port that the template names.
    fn port_of(&self, revision: &ObjectName) -> u64 {
        let object = self.store.get(&revision_key(revision));
        let containers =
            object.and_then(|object| object["spec"]["containers"].as_array()).into_iter().flatten();
        containers
            .filter_map(|container| container["ports"][0]["containerPort"].as_u64())
            .next()
            .unwrap_or(8080)
    }
}

impl Orders {
    fn of(container: &Value) -> Self {
        let liveness = &container["livenessProbe"];
        let number = |field: &str, otherwise: u64| {
            liveness[field].as_u64().filter(|number| *number > 0).unwrap_or(otherwise)
        };
        Self {
            program: container["command"][0].as_str().map(str::to_owned),
            memory: bytes(&container["resources"]["limits"]["memory"]),
            readiness: probe_of(container),
            liveness: liveness.is_object().then(|| Liveness {
                period: Duration::from_secs(number("periodSeconds", 10)),
                threshold: u32::try_from(number("failureThreshold", 3)).unwrap_or(3),
            }),
        }
    }

    /// Why the runtime cannot start the program.
    fn start_error(&self, behaviour: &Behaviour) -> Option<String> {
        if let Some(limit) = self.memory.filter(|limit| *limit < RUNTIME_NEEDS) {
            let usage = format!("(current usage: {RUNTIME_NEEDS}, peak usage: 2781184)");
            let why = format!(
                "setting cgroup config for procHooks process: unable to set memory limit to \
                 {limit} {usage}"
            );
            return Some(format!("{START_FAILED}error during container init: error {why}"));
        }
        let program = self.program.as_ref().filter(|program| {
            !behaviour.programs.is_empty() && !behaviour.programs.contains(program)
        })?;
        // Every image has these files, and none is executable.
        let why = match program.as_str() {
            "/etc/passwd" | "/etc/hosts" | "/etc/resolv.conf" => "permission denied".to_owned(),
            path if path.contains('/') => format!("stat {path}: no such file or directory"),
            _ => "executable file not found in $PATH".to_owned(),
        };
        Some(format!("{START_FAILED}exec: \"{program}\": {why}"))
    }
}

/// The request of an `httpGet` readiness probe of the port that requests go to.
fn probe_of(container: &Value) -> Option<Visit> {
    let get = container["readinessProbe"]["httpGet"].as_object()?;
    let header = |header: &Value| {
        Some((
            header["name"].as_str()?.to_owned(),
            header["value"].as_str().unwrap_or_default().to_owned(),
        ))
    };
    let headers: Vec<(String, String)> = get
        .get("httpHeaders")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(header)
        .collect();
    let named = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
    let host = named.map_or("127.0.0.1", |(_, host)| host).to_owned();
    let path = get.get("path").and_then(Value::as_str).unwrap_or("/").to_owned();
    Some(Visit { gateway: Gateway::ClusterLocal, path, headers, ..Visit::get(&host) })
}
