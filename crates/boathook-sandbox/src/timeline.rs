//! What will happen in the cluster, and when. Due events are applied one after the other, each at
//! its own time.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;

use crate::names::ObjectName;

/// One thing that happens by itself. The UID says which life of the object is meant: a successor of
/// the same name is another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub what: Happening,
    pub object: ObjectName,
    pub uid: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Happening {
    /// Knative sees the service's newest generation.
    ServiceObserved,
    /// The configuration finds or creates its revision.
    RevisionWanted,
    /// The configuration hears how its revision is doing.
    ConfigurationUpdated,
    /// The route works out its targets; stale where the number is not the newest.
    RouteWorkedOut(u64),
    /// The ingress waits for the load balancer.
    IngressWritten(u64),
    /// The data plane follows.
    IngressProgrammed(u64),
    /// The service hears that the ingress is ready.
    IngressReady(u64),
    /// The revision's image is looked up.
    ImageResolved,
    /// The revision's deployment is created.
    DeploymentMade,
    /// The revision's pod is created.
    PodCreated,
    /// The pod's containers start, run or fall over. Stale where the number is not the pod's.
    PodMoves(u64),
    /// The kubelet probes a pod that is not ready. Stale where the number is not the pod's.
    PodProbed(u64),
    /// The revision has had its time to become ready.
    DeadlinePassed,
    /// The pods of a revision that missed its deadline are deleted.
    Abandoned,
    /// Knative reconciles a mapped domain; stale if the number is not the newest.
    DomainObserved(u64),
    /// The data plane knows a mapped domain.
    DomainProgrammed(u64),
    /// The pods of a terminating namespace are deleted.
    NamespaceEmptied,
    /// A namespace that is going is gone.
    NamespaceGone,
    /// The next pod of a Job is created.
    JobPodCreated,
    /// The kubelet tries again to start the container of a Job's pod. Stale where the number is not
    /// the pod's.
    JobPodStarts(u64),
    /// The program in a Job's pod ends. Stale where the number is not the pod's.
    JobPodEnded(u64),
    /// A Job has had its time.
    JobDeadlinePassed,
    /// The pods of a deleted Job have ended.
    JobGone,
    /// A Job that ended is not kept any longer.
    JobExpired,
    /// The revision may have been idle for a while.
    Idle,
    /// The pods of an idle revision are removed.
    ScaledToZero,
}

/// Events in the order in which they are due.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    due: BTreeMap<(Instant, u64), Event>,
    planned: u64,
}

impl Timeline {
    /// Plans an event; what is due after the end of time never happens.
    pub(super) fn plan(&mut self, now: Instant, after: Duration, event: Event) {
        self.planned += 1;
        if let Some(when) = now.checked_add(after) {
            self.due.insert((when, self.planned), event);
        }
    }

    /// When the next event is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.due.keys().next().map(|(when, _)| *when)
    }

    /// Takes the next event that is due, with its time.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<(Instant, Event)> {
        let entry = self.due.first_entry()?;
        let when = entry.key().0;
        (when <= now).then(|| (when, entry.remove()))
    }
}
