//! Why the candidate does not serve, as the cluster shows it now.

use std::time::Duration;

use boathook_core::rollout::Observation;
use tokio::time::{Instant, timeout};

use crate::{
    cluster::{Event, Service},
    diagnosis::{self, Diagnosis, Facts, Kind},
    steps::{
        Context, StepError,
        seeing::{see_candidate, see_pods, see_warnings},
    },
};

/// How long to wait for the events of a crash: rolling back is more urgent.
const PROBE_EVENTS_TIMEOUT: Duration = Duration::from_secs(1);

/// Finds the candidate's cause. It reads events if states show none, as long as that is permitted.
#[derive(Default)]
pub(crate) struct Causes {
    without_events: bool,
}

impl Causes {
    /// The candidate's cause, from pods and revision, and from events if these show none;
    /// `of_service` is the cause in the service's status.
    pub(crate) async fn find(
        &mut self,
        context: &Context<'_>,
        until: Instant,
        of_service: Option<&Diagnosis>,
    ) -> Result<Option<Diagnosis>, StepError> {
        let name = context.candidate()?;
        let (pods, revision) =
            tokio::try_join!(see_pods(context, until), see_candidate(context, until))?;
        let facts = Facts { name, of_service, revision: Some(&revision), pods: &pods, events: &[] };
        let of_states = diagnosis::diagnose(&Facts { of_service: None, ..facts });
        if of_states.is_some_and(|found| !found.is_vague()) || revision_is_ready(&revision) {
            return Ok(diagnosis::diagnose(&facts));
        }
        let events = self.events(context).await;
        Ok(diagnosis::diagnose(&Facts { events: &events, ..facts }))
    }

    /// The warnings in the namespace; none if they cannot be read now.
    pub(crate) async fn events(&mut self, context: &Context<'_>) -> Vec<Event> {
        if self.without_events {
            return Vec::new();
        }
        match see_warnings(context).await {
            Ok(events) => events,
            // The next poll reads them again.
            Err(error) if error.is_retryable() => Vec::new(),
            Err(error) => {
                self.without_events = true;
                let why = if error.is_forbidden() {
                    "it is not permitted; `boathook rbac` prints the role".to_owned()
                } else {
                    error.to_string()
                };
                let without = "events were not read, so a cause that only they tell, such as a volume that cannot be mounted, stays unknown";
                context.learn(Observation::Note(format!("{without}: {why}"))).await;
                Vec::new()
            }
        }
    }
}

fn revision_is_ready(revision: &crate::cluster::Revision) -> bool {
    revision.condition("Ready").is_some_and(crate::cluster::Condition::is_true)
}

/// The cause that the candidate's pods show now.
pub(crate) async fn diagnose_pods(
    context: &Context<'_>,
    until: Instant,
) -> Result<Option<Diagnosis>, StepError> {
    Ok(diagnosis::of_pods(&see_pods(context, until).await?, &[]))
}

/// A crash, with the probe that made the kubelet end the container if the events name one.
pub(crate) async fn with_probe(context: &Context<'_>, found: Diagnosis) -> Diagnosis {
    let Some(candidate) = context.candidate().ok().filter(|_| found.may_be_a_probe()) else {
        return found;
    };
    let namespace = context.namespace();
    let reads = async {
        tokio::try_join!(
            context.cluster.pods(namespace, candidate),
            context.cluster.warnings(namespace)
        )
    };
    let Ok(Ok((pods, events))) = timeout(PROBE_EVENTS_TIMEOUT, reads).await else { return found };
    diagnosis::of_pods(&pods, &events)
        .filter(|again| again.kind == Kind::LivenessProbe)
        .unwrap_or(found)
}

/// Why the service has no route. Right after a change, status may still show the state before; only
/// a failure that stays is believed.
#[derive(Default)]
pub(crate) struct RouteFailure(Option<(Diagnosis, Instant)>);

impl RouteFailure {
    /// The failure that `service` shows, and since when.
    pub(crate) fn seen(&mut self, service: &Service) {
        let since =
            |found: &Diagnosis, last: &(Diagnosis, Instant)| (last.0 == *found).then_some(last.1);
        self.0 = diagnosis::of_route(service).map(|found| {
            let since =
                self.0.as_ref().and_then(|last| since(&found, last)).unwrap_or_else(Instant::now);
            (found, since)
        });
    }

    /// The failure that has stayed.
    pub(crate) fn believed(&self) -> Option<&Diagnosis> {
        self.0
            .as_ref()
            .filter(|(_, since)| since.elapsed() >= super::watch::SETTLED)
            .map(|(found, _)| found)
    }
}
