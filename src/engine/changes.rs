//! What a plan changes, for people to read. It never keeps a plan from being made: what is not known
//! is noted.

use std::time::Duration;

use boathook_core::{
    deployment::{ObjectChange, error_chain},
    rollout::{Plan, Step, Topic},
};
use tokio::time::timeout;

use crate::{
    comparison::{Comparison, Report},
    engine::surveyor::Surveyor,
    steps::{ChangedObjects, changed_objects},
};

/// How long a deployment waits for what only people read.
const LIMIT: Duration = Duration::from_secs(12);

impl Surveyor<'_> {
    /// The change of the service alone.
    pub(super) fn changes_of_service(&self, service: Comparison) -> Vec<ObjectChange> {
        let mut report = Report::new(self.context.redactor);
        report.add(service);
        report.end().0
    }

    /// The plan with the changes of what it applies beside the service.
    pub(super) async fn with_changes(&self, mut plan: Plan) -> Plan {
        let Some(found) = self.objects(&plan).await else { return plan };
        let ChangedObjects { comparisons, unknown } = match found {
            Ok(found) => found,
            Err(why) => ChangedObjects { comparisons: Vec::new(), unknown: Some(why) },
        };
        let mut report = Report::after(self.context.redactor, std::mem::take(&mut plan.changes));
        comparisons.into_iter().for_each(|comparison| report.add(comparison));
        let (changes, left_out) = report.end();
        plan.changes = changes;
        let more = (left_out > 0)
            .then(|| format!("the changes of {left_out} more objects are not listed"));
        let unknown = unknown.map(|why| {
            Topic::UnknownChanges
                .note(format!("what changes beside the service is not known in full: {why}"))
        });
        plan.notes.extend(unknown.into_iter().chain(more.map(Into::into)));
        plan
    }

    /// What is found of the objects that the plan applies, or why nothing is; none if it applies
    /// none, or nobody reads it.
    async fn objects(&self, plan: &Plan) -> Option<Result<ChangedObjects, String>> {
        // A rollback is urgent.
        let folder = self.context.compare_in.filter(|_| self.proven.is_none())?;
        let apply = plan.steps.iter().find_map(|step| match step {
            Step::ApplyManifests(apply) => Some(apply),
            _ => None,
        })?;
        let found = changed_objects(apply, &self.request.image, self.cluster(), folder);
        Some(match timeout(LIMIT, found).await {
            Ok(found) => found.map_err(|error| error_chain(&error)),
            Err(_) => Err(format!("there was no answer within {} s", LIMIT.as_secs())),
        })
    }
}
