//! The configuration controller: creates or adopts the revision of the template, and follows its
//! state.

use serde_json::{Value, json};

use crate::{
    Kind, admission,
    events::EventDetails,
    names::ObjectName,
    reconcile::{emitting::CONFIGURATION_CONTROLLER, keys::revision_key, parts::owner},
    runs::{Finding, RevisionRun, Truth},
    state::State,
    store::Key,
    timeline::Happening,
};

const SERVING: &str = "serving.knative.dev";

impl State {
    /// Makes the revision that the template asks for, or adopts the one that is there.
    pub(super) fn want_revision(&mut self, service: &ObjectName) {
        let Some(run) = self.services.get(service) else { return };
        let template = run.configuration.template.clone();
        let generation = run.configuration.generation;
        let fixed = template["metadata"]["name"].as_str();
        let name = fixed.map_or_else(|| format!("{}-{generation:05}", service.name), str::to_owned);
        let revision = service.beside(&name);
        let outcome = match self.store.get(&revision_key(&revision)) {
            Some(present)
                if present["spec"] == template["spec"] || made_from(present, generation) =>
            {
                Ok(())
            }
            Some(_) => Err(format!("revisions.{SERVING} \"{name}\" already exists")),
            None if self.terminating(&service.namespace, "").is_some() => {
                let why = self
                    .terminating(&service.namespace, &format!("revisions.{SERVING} \"{name}\""));
                Err(why.unwrap_or_default())
            }
            None => match admission::label_complaint(&template["metadata"]["labels"]) {
                Some(why) => Err(format!("Revision.{SERVING} \"{name}\" is invalid: {why}")),
                None => {
                    self.create_revision(service, &revision, &template, generation);
                    Ok(())
                }
            },
        };
        self.note_creation(service, &name, outcome);
    }

    fn note_creation(&mut self, service: &ObjectName, name: &str, outcome: Result<(), String>) {
        let now = self.time();
        if let Err(why) = outcome.as_ref()
            && !why.ends_with("already exists")
        {
            let failed = format!("Failed to create Revision: {why}");
            self.emit_for_configuration(
                service,
                &EventDetails::warning(CONFIGURATION_CONTROLLER, "CreationFailed", &failed),
            );
            let failed = format!("failed to create Revision: {why}");
            self.emit_for_configuration(
                service,
                &EventDetails::warning(CONFIGURATION_CONTROLLER, "InternalError", &failed),
            );
        }
        let Some(run) = self.services.get_mut(service) else { return };
        match outcome {
            Ok(()) => {
                run.configuration.created = Some(name.to_owned());
                run.configurations_ready.set(Finding::open(), now);
                self.update_configuration(service);
            }
            Err(why) => {
                let taken = why.ends_with("already exists");
                run.configurations_ready.set(
                    Finding::bad(
                        "RevisionFailed",
                        format!("Revision creation failed with message: {why}."),
                    ),
                    now.clone(),
                );
                if taken {
                    run.route.attempt += 1;
                    let message = format!(
                        "The revision name \"{name}\" is taken by a conflicting Revision, so \
                         traffic will not be migrated"
                    );
                    run.routes_ready.set(Finding::bad("RevisionNameTaken", message), now);
                }
                self.write_service_status(service);
            }
        }
    }

    fn create_revision(
        &mut self,
        service: &ObjectName,
        revision: &ObjectName,
        template: &Value,
        generation: u64,
    ) {
        let Some(run) = self.services.get(service) else { return };
        let owner_uid = json!(run.configuration.uid);
        let creator =
            self.store.get(&Key::new(Kind::Service, Some(&service.namespace), &service.name));
        let modifier = creator
            .map(|object| {
                object["metadata"]["annotations"][format!("{SERVING}/lastModifier")].clone()
            })
            .unwrap_or_default();
        let mut metadata = json!({
            "labels": template["metadata"]["labels"],
            "annotations": template["metadata"]["annotations"],
        });
        let labels = [
            ("configuration", json!(service.name)),
            ("configurationGeneration", json!(generation.to_string())),
            ("configurationUID", owner_uid.clone()),
            ("routingState", json!("pending")),
            ("service", json!(service.name)),
            ("serviceUID", json!(run.uid)),
        ];
        for (name, value) in labels {
            metadata["labels"][format!("{SERVING}/{name}")] = value;
        }
        metadata["annotations"][format!("{SERVING}/creator")] = modifier;
        metadata["annotations"][format!("{SERVING}/routingStateModified")] = json!(self.time());
        metadata["generation"] = json!(1);
        metadata["ownerReferences"] =
            json!([owner(Kind::Configuration, &service.name, &owner_uid)]);
        let object = self.keep_new(
            revision_key(revision),
            json!({"metadata": metadata, "spec": template["spec"]}),
        );
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        let run = RevisionRun::new(&uid, service, generation, self.now, &self.time());
        self.revisions.insert(revision.clone(), run);
        let made = format!("Created Revision \"{}\"", revision.name);
        self.emit_for_configuration(
            service,
            &EventDetails::normal(CONFIGURATION_CONTROLLER, "Created", &made),
        );
        self.write_revision_status(revision);
        self.plan(self.settings.timings.resolve_image, Happening::ImageResolved, revision, &uid);
    }

    /// Looks how the newest revision is doing, and which ready one is the newest.
    pub(super) fn update_configuration(&mut self, service: &ObjectName) {
        let now = self.time();
        let Some(created) =
            self.services.get(service).and_then(|run| run.configuration.created.clone())
        else {
            return;
        };
        let finding =
            self.revisions.get(&service.beside(&created)).map(|run| run.ready.finding.clone());
        let newest_ready = self.newest_ready(service, &created);
        self.emit_for_progress(service, &created, finding.as_ref(), newest_ready.as_deref());
        let Some(run) = self.services.get_mut(service) else { return };
        match finding {
            Some(finding) if finding.truth == Truth::False => {
                let message =
                    format!("Revision \"{created}\" failed with message: {}.", finding.message);
                run.configurations_ready.set(Finding::bad("RevisionFailed", message), now.clone());
            }
            Some(finding) if finding.is_good() => {
                run.configurations_ready.set(Finding::good(), now.clone())
            }
            Some(_) | None => run.configurations_ready.set(Finding::open(), now.clone()),
        }
        let moved = newest_ready.is_some() && newest_ready != run.configuration.ready;
        if moved {
            run.configuration.ready = newest_ready;
        }
        let held = run.routes_ready.finding.reason == "RevisionMissing";
        let migrates = moved && run.route.follows_latest() && run.route.reported.is_some();
        if migrates && !held {
            let message = "Traffic is not yet migrated to the latest revision.";
            run.routes_ready.set(Finding::unknown("TrafficNotMigrated", message), now);
        }
        if migrates || held {
            self.plan_route(self.settings.timings.route, service);
        }
        self.write_service_status(service);
    }

    /// The events about what a configuration hears of its revisions.
    fn emit_for_progress(
        &mut self,
        service: &ObjectName,
        created: &str,
        finding: Option<&Finding>,
        newest_ready: Option<&str>,
    ) {
        let Some(run) = self.services.get(service) else { return };
        let before = run.configurations_ready.finding.clone();
        let ready_before = run.configuration.ready.clone();
        let emit = |state: &mut Self, details: EventDetails<'_>| {
            state.emit_for_configuration(service, &details)
        };
        match finding.map(|finding| finding.truth) {
            Some(Truth::False) if before.truth != Truth::False => {
                let which =
                    if ready_before.as_deref() == Some(created) { "ready" } else { "created" };
                let reason =
                    if which == "ready" { "LatestReadyFailed" } else { "LatestCreatedFailed" };
                let message = format!("Latest {which} revision \"{created}\" has failed");
                emit(self, EventDetails::warning(CONFIGURATION_CONTROLLER, reason, &message));
            }
            Some(Truth::True) if !before.is_good() => {
                emit(
                    self,
                    EventDetails::normal(
                        CONFIGURATION_CONTROLLER,
                        "ConfigurationReady",
                        "Configuration becomes ready",
                    ),
                );
            }
            Some(_) | None => {}
        }
        if let Some(newest) = newest_ready.filter(|newest| ready_before.as_deref() != Some(newest))
        {
            let message = format!("LatestReadyRevisionName updated to \"{newest}\"");
            emit(
                self,
                EventDetails::normal(CONFIGURATION_CONTROLLER, "LatestReadyUpdate", &message),
            );
        }
    }

    /// The ready revision that counts as the latest: the one just created, else the highest number
    /// not below the present one.
    fn newest_ready(&self, service: &ObjectName, created: &str) -> Option<String> {
        let run = self.services.get(service)?;
        let is_ready = |name: &ObjectName| {
            self.revisions.get(name).is_some_and(|run| run.ready.finding.is_good())
        };
        if is_ready(&service.beside(created)) {
            return Some(created.to_owned());
        }
        let present = run
            .configuration
            .ready
            .as_ref()
            .and_then(|name| self.revisions.get(&service.beside(name)));
        let floor = present.map_or(0, |run| run.generation);
        let own = self
            .revisions
            .iter()
            .filter(|(_, one)| one.service == *service && one.generation >= floor);
        let ready = own.filter(|(name, _)| is_ready(name));
        ready.max_by_key(|(_, one)| one.generation).map(|(name, _)| name.name.clone())
    }
}

fn made_from(revision: &Value, generation: u64) -> bool {
    let label =
        revision["metadata"]["labels"]["serving.knative.dev/configurationGeneration"].as_str();
    label.and_then(|number| number.parse().ok()) == Some(generation)
}
