//! The deployment of a revision, which Knative creates: if that is refused, only an event reports
//! it.

use std::time::Duration;

use serde_json::Value;

use crate::{
    Kind, admission,
    events::EventDetails,
    names::ObjectName,
    reconcile::{again, emitting::REVISION_CONTROLLER, keys::revision_key, verdict::queued},
    runs::{Condition, Finding},
    state::State,
    store::Key,
    timeline::Happening,
};

impl State {
    /// Creates the deployment, or retries later.
    pub(super) fn make_deployment(&mut self, revision: &ObjectName) {
        let Some(object) = self.store.get(&revision_key(revision)).cloned() else { return };
        let name = format!("{}-deployment", revision.name);
        let is_taken =
            self.store.get(&Key::new(Kind::Deployment, Some(&revision.namespace), &name)).is_some();
        let complaint = invalid(&object["spec"]);
        if is_taken {
            let said = format!("There is an existing Deployment \"{name}\" that we do not own.");
            self.mark_resources(revision, &Finding::bad("NotOwned", said));
            self.fail_deployment(
                revision,
                &format!("revision: \"{}\" does not own Deployment: \"{name}\"", revision.name),
            );
        } else if let Some(why) = complaint {
            let said = format!(
                "failed to create deployment \"{name}\": Deployment.apps \"{name}\" is invalid: \
                 {why}"
            );
            self.fail_deployment(revision, &said);
        } else {
            self.begin_deployment(revision, &object);
        }
    }

    fn begin_deployment(&mut self, revision: &ObjectName, object: &Value) {
        let deploying = Finding::unknown("Deploying", "");
        self.judge(revision, |run, now| {
            run.resources_available.set(deploying.clone(), now.to_owned());
            run.ready.set(deploying, now.to_owned());
            run.active = Some(Condition::new(queued(), now.to_owned()));
        });
        self.plan_for_revision(Duration::from_millis(20), Happening::PodCreated, revision);
        self.plan_for_revision(self.deadline(object), Happening::DeadlinePassed, revision);
    }

    fn fail_deployment(&mut self, revision: &ObjectName, message: &str) {
        self.emit_for_revision(
            revision,
            &EventDetails::warning(REVISION_CONTROLLER, "InternalError", message),
        );
        let Some(run) = self.revisions.get_mut(revision) else { return };
        let wait = again(run.failures);
        run.failures += 1;
        self.plan_for_revision(wait, Happening::DeploymentMade, revision);
    }
}

/// What Kubernetes forbids in a deployment and Knative lets through.
fn invalid(spec: &Value) -> Option<String> {
    let wrong: Vec<_> =
        admission::pod_complaints(spec).iter().map(|why| format!("spec.template.{why}")).collect();
    match wrong.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        _ => Some(format!("[{}]", wrong.join(", "))),
    }
}
