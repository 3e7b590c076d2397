//! The pod of a revision: how it is scheduled, starts, crashes, and is restarted.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    events::{News, SCHEDULER},
    images::PullError,
    names::ObjectName,
    reconcile::condition::Finding,
    state::State,
    timeline::Happening,
};

/// How often the scheduler retries an unschedulable pod.
const SCHEDULE_AGAIN: Duration = Duration::from_secs(28);

/// One pod.
#[derive(Clone, Debug)]
pub(crate) struct PodRun {
    pub name: String,
    pub uid: String,
    /// Which pod of its revision it is.
    pub number: u64,
    pub born: Instant,
    pub step: Step,
    /// What the kubelet will show at its next sync of the pod.
    pub late: Option<Waiting>,
    /// The pulls that failed when it was scheduled, by image, which the kubelet has not reported
    /// yet.
    pub refused: Vec<(String, PullError)>,
    /// How often the kubelet tried in vain to mount, pull or create.
    pub tries: u32,
    /// How many events the kubelet wrote about it.
    pub events: u32,
    pub restarts: u32,
    /// How long the kubelet waits before it starts a container again that ends; nothing at first.
    pub back_off: Duration,
    /// How often in a row the liveness probe failed; more than its threshold where the container is
    /// being killed.
    pub unlively: u32,
    /// How the container ended the last time before this one.
    pub last: Option<Ended>,
    /// When it will be ready, if that is known.
    pub ready_at: Option<Instant>,
}

/// Where the container with the port is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// It cannot be scheduled, in the scheduler's words.
    Unschedulable(String),
    /// Its volumes are being mounted and its containers created.
    Creating,
    /// One container cannot be started.
    Waiting(Waiting),
    Running {
        ready: bool,
        since: Instant,
    },
    Ended(Ended),
    BackOff,
}

/// Why a container waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub container: String,
    pub reason: &'static str,
    pub message: String,
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub exit_code: i32,
    /// Such as `Error` or `OOMKilled`.
    pub reason: &'static str,
    pub message: String,
    pub at: Instant,
}

impl PodRun {
    fn new(number: u64, name: String, born: Instant) -> Self {
        Self {
            name,
            uid: String::new(),
            number,
            born,
            step: Step::Creating,
            late: None,
            refused: Vec::new(),
            tries: 0,
            events: 0,
            restarts: 0,
            back_off: Duration::ZERO,
            unlively: 0,
            last: None,
            ready_at: None,
        }
    }

    /// Its address in the cluster's network.
    pub(crate) fn address(&self) -> String {
        format!("10.99.0.{}", self.number % 250 + 2)
    }

    pub(crate) fn is_ready(&self) -> bool {
        matches!(self.step, Step::Running { ready: true, .. })
    }

    /// Whether its containers were started, all but one that cannot be.
    pub(crate) const fn has_begun(&self) -> bool {
        !matches!(self.step, Step::Unschedulable(_) | Step::Creating)
    }
}

impl State {
    /// Makes the pod of a revision that has none, where the API server takes one.
    pub(super) fn create_pod(&mut self, revision: &ObjectName) {
        let Some(run) = self.revisions.get(revision).filter(|run| run.pod.is_none()) else {
            return;
        };
        let number = run.pods + 1;
        let uid = run.uid.clone();
        let name = super::pod_object::pod_name(&revision.name, &uid, number);
        if let Some(why) = self.pod_refusal(revision, name.rsplit('-').next().unwrap_or_default()) {
            self.note_refusal(revision, &why);
            return;
        }
        let pod = PodRun::new(number, name, self.now);
        let Some(run) = self.revisions.get_mut(revision) else { return };
        run.pods = number;
        run.refusals = 0;
        run.pod = Some(pod.clone());
        self.tell_pod(revision);
        let Some(mut pod) = self.revisions.get(revision).and_then(|run| run.pod.clone()) else {
            return;
        };
        let made = format!("Created pod: {}", pod.name);
        self.emit_for_replica_set(
            revision,
            &News::normal("replicaset-controller", "SuccessfulCreate", &made),
        );
        let moves = self.schedule(revision, &mut pod);
        self.set_pod(revision, pod, Some(moves));
    }

    /// A pod was refused: the replica set reports it, and retries with a growing back-off.
    fn note_refusal(&mut self, revision: &ObjectName, why: &str) {
        let message = format!("Error creating: {why}");
        self.emit_for_replica_set(
            revision,
            &News::warning("replicaset-controller", "FailedCreate", &message),
        );
        let Some(run) = self.revisions.get_mut(revision) else { return };
        let wait = super::again(run.refusals);
        run.refusals += 1;
        run.pods += 1;
        if run.refusals == 1 {
            self.mark_resources(revision, &Finding::bad("FailedCreate", why));
        }
        self.plan_for_revision(wait, Happening::PodCreated, revision);
    }

    /// Finds a node for a pod; gives the time until something more happens.
    fn schedule(&mut self, revision: &ObjectName, pod: &mut PodRun) -> Duration {
        let timings = self.settings.timings;
        let was_ready = self.revisions.get(revision).is_some_and(|run| run.was_ready);
        if let Some((why, again)) = self.no_node(revision, pod, was_ready) {
            self.emit_for_pod(
                revision,
                pod,
                "",
                &News::warning(SCHEDULER, "FailedScheduling", &why),
            );
            pod.step = Step::Unschedulable(why);
            return again;
        }
        let where_to =
            format!("Successfully assigned {}/{} to sandbox", revision.namespace, pod.name);
        self.emit_for_pod(revision, pod, "", &News::normal(SCHEDULER, "Scheduled", &where_to));
        let starting = if was_ready { timings.activation } else { timings.start_pod };
        pod.step = Step::Creating;
        let begins = self.pull_ahead(revision, pod);
        pod.ready_at = begins.then(|| self.now + starting);
        starting
    }

    /// Why the pod is unschedulable, and when the scheduler retries.
    fn no_node(
        &self,
        revision: &ObjectName,
        pod: &PodRun,
        was_ready: bool,
    ) -> Option<(String, Duration)> {
        let (why, repairs) = self.lacking(revision)?;
        if !repairs {
            return Some((why, SCHEDULE_AGAIN));
        }
        let waits = !was_ready && self.now.duration_since(pod.born) < self.settings.timings.no_room;
        waits.then_some((why, self.settings.timings.no_room))
    }

    /// The pod's next move.
    pub(super) fn move_pod(&mut self, revision: &ObjectName, number: u64) {
        let Some(run) = self.revisions.get(revision) else { return };
        let Some(mut pod) = run.pod.clone().filter(|pod| pod.number == number) else { return };
        let moves = match pod.step.clone() {
            Step::Unschedulable(_) => Some(self.schedule(revision, &mut pod)),
            Step::Creating => self.begin_containers(revision, &mut pod),
            Step::Waiting(waiting) => self.wait_on(revision, &mut pod, &waiting),
            Step::Running { .. } | Step::Ended(_) | Step::BackOff => {
                self.move_container(revision, &mut pod)
            }
        };
        self.set_pod(revision, pod, moves);
    }

    /// Keeps a pod's new state, plans its next move, and lets its revision follow.
    fn set_pod(&mut self, revision: &ObjectName, pod: PodRun, moves: Option<Duration>) {
        let number = pod.number;
        let step = pod.step.clone();
        let mut began = pod.has_begun();
        if let Some(run) = self.revisions.get_mut(revision) {
            began &= !run.pod.as_ref().is_some_and(PodRun::has_begun);
            run.pod = Some(pod);
        }
        self.tell_pod(revision);
        match step {
            Step::Running { ready: true, .. } => self.mark_ready(revision),
            Step::Unschedulable(why) => {
                self.mark_resources(revision, &Finding::bad("Unschedulable", why))
            }
            Step::Creating => self.mark_again(revision),
            Step::BackOff => self.mark_crashed(revision),
            Step::Waiting(_) | Step::Running { .. } | Step::Ended(_) => {
                self.tell_revision(revision)
            }
        }
        if let Some(moves) = moves {
            self.plan_for_revision(moves, Happening::PodMoves(number), revision);
        }
        if began {
            self.plan_for_revision(
                self.probe_period(revision),
                Happening::PodProbed(number),
                revision,
            );
        }
    }
}
