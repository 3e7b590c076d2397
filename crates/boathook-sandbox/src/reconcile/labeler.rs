//! The labels and annotations by which Knative marks a revision as routed. They change by
//! themselves, which is the trap in copying a revision's metadata.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{names::ObjectName, reconcile::keys::revision_key, state::State};

const STATE: &str = "serving.knative.dev/routingState";
const ROUTES: &str = "serving.knative.dev/routes";
const MODIFIED: &str = "serving.knative.dev/routingStateModified";

impl State {
    /// Marks the revisions that the service's route names, and unmarks those that it no longer
    /// does.
    pub(super) fn label_revisions(&mut self, service: &ObjectName) {
        let Some(run) = self.services.get(service) else { return };
        let reported = run.route.reported.iter().flatten();
        let targets = run.route.wanted.iter().chain(reported);
        let mut named: BTreeSet<_> = targets
            .filter_map(|target| target["revisionName"].as_str().map(str::to_owned))
            .collect();
        if run.route.follows_latest() {
            named.extend(run.configuration.created.clone());
            named.extend(run.configuration.ready.clone());
        }
        let own: Vec<_> = self
            .revisions
            .iter()
            .filter(|(_, run)| run.service == *service)
            .map(|(name, _)| name.clone())
            .collect();
        let now = self.time();
        for revision in own {
            let is_named = named.contains(&revision.name);
            self.store.update(&revision_key(&revision), |object| {
                mark(&mut object["metadata"], is_named, &service.name, &now)
            });
        }
    }

    /// Whether a route names the revision.
    pub(super) fn is_routed(&self, revision: &ObjectName) -> bool {
        self.store
            .get(&revision_key(revision))
            .is_some_and(|object| object["metadata"]["labels"][STATE] == "active")
    }
}

fn mark(metadata: &mut Value, is_named: bool, service: &str, now: &str) {
    let state = metadata["labels"][STATE].clone();
    if is_named && state != "active" {
        metadata["labels"][STATE] = json!("active");
        metadata["annotations"][ROUTES] = json!(service);
        metadata["annotations"][MODIFIED] = json!(now);
    } else if !is_named && state == "active" {
        metadata["labels"][STATE] = json!("reserve");
        metadata["annotations"][MODIFIED] = json!(now);
        if let Some(annotations) = metadata["annotations"].as_object_mut() {
            annotations.remove(ROUTES);
        }
    }
}
