//! The service controller: observes a new generation, passes it on to configuration and route, and
//! summarises their conditions.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Kind,
    events::EventDetails,
    names::ObjectName,
    reconcile::{
        again,
        emitting::SERVICE_CONTROLLER,
        keys::{part_key, service_key},
    },
    runs::{Exposure, Finding, ServiceRun},
    state::State,
    timeline::Happening,
};

impl State {
    /// A service was created.
    pub(crate) fn service_created(&mut self, name: &ObjectName, object: &Value) {
        let uid = object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        let run = ServiceRun::new(&uid, &self.time());
        self.services.insert(name.clone(), run);
        self.plan(self.settings.timings.observe, Happening::ServiceObserved, name, &uid);
    }

    /// A service's spec was changed.
    pub(crate) fn service_changed(&mut self, name: &ObjectName) {
        self.plan_for_service(self.settings.timings.observe, Happening::ServiceObserved, name);
    }

    pub(super) fn plan_for_service(&mut self, after: Duration, what: Happening, name: &ObjectName) {
        if let Some(uid) = self.services.get(name).map(|run| run.uid.clone()) {
            self.plan(after, what, name, &uid);
        }
    }

    /// The controller sees the newest generation.
    pub(super) fn observe_service(&mut self, name: &ObjectName) {
        let Some(object) = self.store.get(&service_key(name)).cloned() else { return };
        let generation = object["metadata"]["generation"].as_u64().unwrap_or_default();
        let wanted = Exposure::wanted(&object);
        let is_changed = |run: &ServiceRun| {
            run.observed < generation || run.looks > 0 || run.route.exposure != wanted
        };
        if !self.services.get(name).is_some_and(is_changed) {
            return;
        }
        if self.configuration_is_taken(name, &object) {
            self.refuse_configuration(name, generation);
            return;
        }
        let Some(run) = self.services.get_mut(name) else { return };
        run.observed = generation;
        run.looks = 0;
        let moves = run.note_exposure(wanted);
        let timings = self.settings.timings;
        let now = self.time_of(self.now);
        let mut route_after = timings.route;
        let Some(run) = self.services.get_mut(name) else { return };
        if run.configuration.template != object["spec"]["template"] {
            run.configuration.template = object["spec"]["template"].clone();
            run.configuration.generation += 1;
            run.configurations_ready.set(out_of_date("Configuration"), now.clone());
            route_after += timings.create_revision;
            self.plan_for_service(timings.create_revision, Happening::RevisionWanted, name);
        }
        let traffic = object["spec"]["traffic"].as_array().cloned().unwrap_or_default();
        let Some(run) = self.services.get_mut(name) else { return };
        if run.route.wanted != traffic || run.routes_ready.finding.reason == "RevisionNameTaken" {
            run.route.wanted = traffic;
            run.routes_ready.set(out_of_date("Route"), now);
            self.plan_route(route_after, name);
        } else if moves {
            self.plan_route(route_after, name);
        }
        self.write_parts(name, &object);
        self.write_service_status(name);
    }

    /// Whether a Configuration of that name has another owner.
    fn configuration_is_taken(&self, name: &ObjectName, service: &Value) -> bool {
        let present = self.store.get(&part_key(Kind::Configuration, name));
        present.is_some_and(|object| {
            object["metadata"]["ownerReferences"][0]["uid"] != service["metadata"]["uid"]
        })
    }

    fn refuse_configuration(&mut self, name: &ObjectName, generation: u64) {
        let failed = format!("service: \"{0}\" does not own configuration: \"{0}\"", name.name);
        self.emit_for_service(
            name,
            &EventDetails::warning(SERVICE_CONTROLLER, "InternalError", &failed),
        );
        let now = self.time();
        let Some(run) = self.services.get_mut(name) else { return };
        run.observed = generation;
        let message =
            format!("There is an existing Configuration \"{}\" that we do not own.", name.name);
        run.configurations_ready.set(Finding::bad("NotOwned", message), now);
        let wait = again(run.looks);
        run.looks += 1;
        self.write_service_status(name);
        self.plan_for_service(wait, Happening::ServiceObserved, name);
    }

    /// Writes what the parts say into the service's status.
    pub(super) fn write_service_status(&mut self, name: &ObjectName) {
        let now = self.time();
        let domain = self.settings.domain.clone();
        let Some(run) = self.services.get_mut(name) else { return };
        run.ready
            .set(Finding::worst(&run.configurations_ready.finding, &run.routes_ready.finding), now);
        let status = service_status(name, run, &domain);
        let is_new = status["address"]["url"].is_string()
            && self
                .store
                .get(&service_key(name))
                .is_some_and(|object| object["status"]["address"].is_null());
        self.store.update(&service_key(name), |object| object["status"] = status);
        if is_new {
            self.look_at_domains_of(name);
        }
        if self.services.get(name).is_none_or(|run| run.looks == 0) {
            self.write_part_statuses(name);
        }
    }
}

fn out_of_date(part: &str) -> Finding {
    Finding::unknown(
        "OutOfDate",
        format!("The {part} is still working to reflect the latest desired specification."),
    )
}

fn service_status(name: &ObjectName, run: &ServiceRun, domain: &str) -> Value {
    let conditions = [
        run.configurations_ready.to_json("ConfigurationsReady"),
        run.ready.to_json("Ready"),
        run.routes_ready.to_json("RoutesReady"),
    ];
    let mut status = json!({"conditions": conditions, "observedGeneration": run.observed});
    if let Some(created) = &run.configuration.created {
        status["latestCreatedRevisionName"] = json!(created);
    }
    if let Some(ready) = &run.configuration.ready {
        status["latestReadyRevisionName"] = json!(ready);
    }
    if let Some(reported) = &run.route.reported {
        status["traffic"] = json!(reported);
    }
    if !run.route.live.is_empty() || run.route.reported.is_some() {
        status["address"] =
            json!({"url": format!("http://{}.{}.svc.cluster.local", name.name, name.namespace)});
    }
    status["url"] = json!(format!("http://{}", run.host(name, domain)));
    status
}
