//! The pod of a revision: how it is scheduled, starts, crashes, and is restarted.

use std::time::Duration;

use crate::{
    events::{EventDetails, SCHEDULER},
    names::ObjectName,
    runs::{Finding, PodRun, Step},
    state::State,
    timeline::Happening,
};

/// How often the scheduler retries an unschedulable pod.
const SCHEDULE_AGAIN: Duration = Duration::from_secs(28);

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
        self.write_pod(revision);
        let Some(mut pod) = self.revisions.get(revision).and_then(|run| run.pod.clone()) else {
            return;
        };
        let made = format!("Created pod: {}", pod.name);
        self.emit_for_replica_set(
            revision,
            &EventDetails::normal("replicaset-controller", "SuccessfulCreate", &made),
        );
        let moves = self.schedule(revision, &mut pod);
        self.set_pod(revision, pod, Some(moves));
    }

    /// A pod was refused: the replica set reports it, and retries with a growing back-off.
    fn note_refusal(&mut self, revision: &ObjectName, why: &str) {
        let message = format!("Error creating: {why}");
        self.emit_for_replica_set(
            revision,
            &EventDetails::warning("replicaset-controller", "FailedCreate", &message),
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
                &EventDetails::warning(SCHEDULER, "FailedScheduling", &why),
            );
            pod.step = Step::Unschedulable(why);
            return again;
        }
        let where_to =
            format!("Successfully assigned {}/{} to sandbox", revision.namespace, pod.name);
        self.emit_for_pod(
            revision,
            pod,
            "",
            &EventDetails::normal(SCHEDULER, "Scheduled", &where_to),
        );
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
        self.write_pod(revision);
        match step {
            Step::Running { ready: true, .. } => self.mark_ready(revision),
            Step::Unschedulable(why) => {
                self.mark_resources(revision, &Finding::bad("Unschedulable", why))
            }
            Step::Creating => self.mark_again(revision),
            Step::BackOff => self.mark_crashed(revision),
            Step::Waiting(_) | Step::Running { .. } | Step::Ended(_) => {
                self.write_revision_status(revision)
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
