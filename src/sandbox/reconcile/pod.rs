//! The pod of a revision: how it starts, falls over, and is started again.

use std::time::Duration;

use tokio::time::Instant;

use crate::sandbox::{
    Behaviour, Start,
    names::ObjectName,
    reconcile::{
        condition::{Condition, Finding},
        configuration::revision_key,
    },
    state::State,
    timeline::Happening,
};

/// How long an ended container is shown as such before it is started again or backed off.
const SHOWN_ENDED: Duration = Duration::from_secs(1);
/// How long until the kubelet tries a failed pull again.
const PULL_AGAIN: Duration = Duration::from_secs(15);
/// The longest back-off of a container that keeps ending.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(300);

/// What the scheduler says where no node has CPU left.
pub(super) const NO_ROOM: &str = "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No \
                       preemption victims found for incoming pod.";

/// One pod.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct PodRun {
    pub name: String,
    /// Which pod of its revision it is.
    pub number: u64,
    pub born: Instant,
    pub step: Step,
    pub restarts: u32,
    /// How the container ended the last time before this one.
    pub last: Option<Ended>,
    /// When it will be ready, where that is known.
    pub ready_at: Option<Instant>,
}

/// Where the container with the port is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) enum Step {
    Unschedulable,
    Creating,
    PullFailed { message: String, again: bool },
    Running { ready: bool, since: Instant },
    Ended(Ended),
    BackOff,
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Ended {
    pub exit_code: i32,
    pub message: String,
    pub at: Instant,
}

impl PodRun {
    pub(in crate::sandbox) fn is_ready(&self) -> bool {
        matches!(self.step, Step::Running { ready: true, .. })
    }

    /// How long the kubelet waits before the next start.
    pub(in crate::sandbox) fn back_off(&self) -> Duration {
        let doubled = 10_u64.saturating_mul(1 << self.restarts.saturating_sub(1).min(8));
        Duration::from_secs(doubled).min(LONGEST_BACK_OFF)
    }
}

impl State {
    /// Makes the pod of a revision that has none.
    pub(super) fn create_pod(&mut self, revision: &ObjectName) {
        let Some(run) = self.revisions.get_mut(revision).filter(|run| run.pod.is_none()) else { return };
        run.pods += 1;
        let (number, again, behaviour) = (run.pods, run.was_ready, run.behaviour.clone());
        let name = super::pod_object::pod_name(&revision.name, &run.uid, number);
        let timings = self.settings.timings;
        let starting = if again { timings.activation } else { timings.start_pod };
        let (step, moves) = match (self.obtain_images(revision), behaviour) {
            (Err(message), _) => (Step::PullFailed { message, again: false }, Some(PULL_AGAIN)),
            (Ok(()), Some(Behaviour { start: Start::NoRoom, .. })) if !again => (Step::Unschedulable, Some(timings.no_room)),
            (Ok(()), _) => (Step::Creating, Some(starting)),
        };
        let ready_at = (step == Step::Creating).then(|| self.now + starting);
        let pod = PodRun { name, number, born: self.now, step, restarts: 0, last: None, ready_at };
        self.set_pod(revision, pod, moves);
    }

    /// Tries to bring every image of a revision onto the node.
    fn obtain_images(&mut self, revision: &ObjectName) -> Result<(), String> {
        let digests = self.revisions.get(revision).map(|run| run.digests.clone()).unwrap_or_default();
        for (_, image) in digests {
            let (repository, digest) = image.split_once('@').unwrap_or_default();
            let away = self.registry_is_away();
            let found = self.images.obtain(repository, digest, away).map_err(|error| error.to_string())?;
            if let Some(run) = self.revisions.get_mut(revision).filter(|run| run.behaviour.is_none()) {
                run.behaviour = Some(found.behaviour);
            }
        }
        Ok(())
    }

    /// The pod's next move.
    pub(super) fn move_pod(&mut self, revision: &ObjectName, number: u64) {
        let Some(run) = self.revisions.get(revision) else { return };
        let Some(mut pod) = run.pod.clone().filter(|pod| pod.number == number) else { return };
        let moves = match run.behaviour.clone() {
            Some(behaviour) if !matches!(pod.step, Step::PullFailed { .. }) => self.move_container(revision, &mut pod, &behaviour),
            Some(_) | None => Some(self.pull_again(revision, &mut pod)),
        };
        self.set_pod(revision, pod, moves);
    }

    /// What the container with the port does next; gives the time until something more happens.
    fn move_container(&mut self, revision: &ObjectName, pod: &mut PodRun, behaviour: &Behaviour) -> Option<Duration> {
        match pod.step.clone() {
            Step::Unschedulable => {
                pod.step = Step::Creating;
                Some(Duration::from_millis(20))
            }
            Step::Running { .. } => {
                let exit_code = behaviour.crash_after.map_or(1, |(_, code)| code);
                let message = format!("FATAL: {} ended by itself\n", behaviour.version);
                pod.step = Step::Ended(Ended { exit_code, message, at: self.now });
                Some(SHOWN_ENDED)
            }
            Step::Ended(ended) if behaviour.crash_after.is_some() || pod.restarts == 0 => {
                pod.restarts += 1;
                pod.last = Some(ended);
                self.start_container(revision, pod, behaviour)
            }
            Step::Ended(ended) => {
                pod.last = Some(ended);
                pod.step = Step::BackOff;
                Some(pod.back_off())
            }
            Step::BackOff => {
                pod.restarts += 1;
                self.start_container(revision, pod, behaviour)
            }
            Step::Creating | Step::PullFailed { .. } => self.start_container(revision, pod, behaviour),
        }
    }

    fn pull_again(&mut self, revision: &ObjectName, pod: &mut PodRun) -> Duration {
        match self.obtain_images(revision) {
            Ok(()) => {
                pod.step = Step::Creating;
                pod.ready_at = Some(self.now + self.settings.timings.start_pod);
                self.settings.timings.start_pod
            }
            Err(message) => {
                pod.step = Step::PullFailed { message, again: true };
                PULL_AGAIN
            }
        }
    }

    /// The container runs, well or not; gives the time until something more happens, if ever.
    fn start_container(&mut self, revision: &ObjectName, pod: &mut PodRun, behaviour: &Behaviour) -> Option<Duration> {
        let listens = self.listens(revision, behaviour);
        match &behaviour.start {
            Start::Crash { exit_code, message } => {
                pod.step = Step::Ended(Ended { exit_code: *exit_code, message: format!("{message}\n"), at: self.now });
                Some(SHOWN_ENDED)
            }
            Start::Ready | Start::NoRoom | Start::LayerMissing if listens => {
                pod.step = Step::Running { ready: true, since: self.now };
                behaviour.crash_after.map(|(running, _)| running)
            }
            Start::NeverReady | Start::Ready | Start::NoRoom | Start::LayerMissing => {
                pod.step = Step::Running { ready: false, since: self.now };
                None
            }
        }
    }

    /// Whether the image listens where the template says.
    fn listens(&self, revision: &ObjectName, behaviour: &Behaviour) -> bool {
        let object = self.store.get(&revision_key(revision));
        let containers = object.and_then(|object| object["spec"]["containers"].as_array()).into_iter().flatten();
        let named = containers.filter_map(|container| container["ports"][0]["containerPort"].as_u64()).next();
        behaviour.port.is_none_or(|port| u64::from(port) == named.unwrap_or(8080))
    }

    /// Keeps a pod's new state, plans its next move, and lets its revision follow.
    fn set_pod(&mut self, revision: &ObjectName, pod: PodRun, moves: Option<Duration>) {
        let number = pod.number;
        let step = pod.step.clone();
        if let Some(run) = self.revisions.get_mut(revision) {
            run.pod = Some(pod);
        }
        self.tell_pod(revision);
        match step {
            Step::Running { ready: true, .. } => self.mark_ready(revision),
            Step::Unschedulable => self.mark_resources(revision, &Finding::bad("Unschedulable", NO_ROOM)),
            Step::Creating => self.mark_resources(revision, &Finding::unknown("Deploying", "")),
            Step::PullFailed { .. } | Step::Running { .. } | Step::Ended(_) | Step::BackOff => self.tell_revision(revision),
        }
        if let Some(moves) = moves {
            self.plan_for_revision(moves, Happening::PodMoves(number), revision);
        }
    }

    fn mark_resources(&mut self, revision: &ObjectName, finding: &Finding) {
        self.judge(revision, |run, now| {
            if !run.was_ready {
                run.resources_available.set(finding.clone(), now.to_owned());
                run.ready.set(finding.clone(), now.to_owned());
            }
        });
    }

    fn mark_ready(&mut self, revision: &ObjectName) {
        let moment = self.now;
        let idle = self.settings.timings.scale_to_zero;
        self.judge(revision, |run, now| {
            for condition in [&mut run.container_healthy, &mut run.resources_available, &mut run.ready] {
                condition.set(Finding::good(), now.to_owned());
            }
            run.active = Some(Condition::new(Finding::good(), now.to_owned()));
            run.was_ready = true;
            run.last_request = run.last_request.max(moment);
        });
        self.plan_for_revision(idle, Happening::Idle, revision);
    }

    /// The revision has had its time: what its pod shows now is the reason.
    pub(super) fn give_up(&mut self, revision: &ObjectName) {
        let Some(run) = self.revisions.get(revision).filter(|run| !run.was_ready) else { return };
        let replica_set = super::pod_object::replica_set(&revision.name, &run.uid);
        let timed_out = Finding::bad("ProgressDeadlineExceeded", format!("ReplicaSet \"{replica_set}\" has timed out progressing."));
        let ended = run.pod.as_ref().and_then(|pod| match &pod.step {
            Step::Ended(ended) => Some(ended.clone()),
            Step::BackOff => pod.last.clone(),
            Step::Unschedulable | Step::Creating | Step::PullFailed { .. } | Step::Running { .. } => None,
        });
        let failed_pull = run.pod.as_ref().and_then(|pod| match &pod.step {
            Step::PullFailed { message, .. } => Some(Finding::bad("ErrImagePull", message.clone())),
            Step::Unschedulable | Step::Creating | Step::Running { .. } | Step::Ended(_) | Step::BackOff => None,
        });
        self.judge(revision, |run, now| {
            let mut reason = failed_pull.unwrap_or_else(|| timed_out.clone());
            run.resources_available.set(reason.clone(), now.to_owned());
            if let Some(ended) = ended {
                let message = format!("Container failed with: {}", ended.message);
                reason = Finding::bad(&format!("ExitCode{}", ended.exit_code), message);
                run.container_healthy.set(reason.clone(), now.to_owned());
            }
            run.ready.set(reason, now.to_owned());
        });
    }
}
