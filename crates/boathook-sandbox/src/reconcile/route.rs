//! The route controller: resolves traffic, in steps until the data plane follows.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Kind,
    events::EventDetails,
    names::ObjectName,
    reconcile::{again, emitting::ROUTE_CONTROLLER},
    runs::{Finding, ServiceRun, Truth},
    state::State,
    store::Key,
    timeline::Happening,
};

/// The maximum length of a DNS label.
const LABEL: usize = 63;

impl State {
    /// Plans to work the route out; what was under way for an earlier wish is dropped.
    pub(super) fn plan_route(&mut self, after: Duration, service: &ObjectName) {
        let Some(run) = self.services.get_mut(service) else { return };
        run.route.attempt += 1;
        let attempt = run.route.attempt;
        self.plan_for_service(after, Happening::RouteWorkedOut(attempt), service);
    }

    /// Finds the revision behind each target. One that is missing or not ready holds back all of
    /// them.
    pub(super) fn work_out_route(&mut self, service: &ObjectName, attempt: u64) {
        if self.current(service, attempt).is_none() {
            return;
        }
        let moved = self.services.get_mut(service).is_some_and(ServiceRun::move_host);
        let Some(run) = self.current(service, attempt) else { return };
        let targets = run
            .route
            .wanted
            .iter()
            .map(|target| self.resolve_target(service, run, target))
            .collect::<Result<Vec<_>, _>>();
        let now = self.time();
        let is_taken = targets.is_ok() && self.route_name_is_taken(service);
        let Some(run) = self.services.get_mut(service) else { return };
        match targets {
            Err(finding) => {
                if finding.reason == "ErrorConfig" {
                    run.route.reported = None;
                }
                run.routes_ready.set(finding, now);
            }
            Ok(targets) if is_taken => {
                let message = format!(
                    "There is an existing placeholder Service \"{}\" that we do not own.",
                    service.name
                );
                run.route.reported = Some(targets);
                run.routes_ready.set(Finding::bad("NotOwned", message), now);
                self.retry_route_later(service, attempt);
            }
            Ok(targets)
                if !moved
                    && run.route.reported.as_ref() == Some(&targets)
                    && run.route.live == targets =>
            {
                run.routes_ready.set(Finding::good(), now);
            }
            Ok(targets) => {
                run.route.reported = Some(targets);
                run.route.looks = 0;
                run.route.due = None;
                run.routes_ready.set(
                    Finding::unknown(
                        "IngressNotConfigured",
                        "Ingress has not yet been reconciled.",
                    ),
                    now,
                );
                self.plan_for_service(
                    Duration::from_millis(35),
                    Happening::IngressWritten(attempt),
                    service,
                );
            }
        }
        self.label_revisions(service);
        self.write_service_status(service);
    }

    /// Whether a plain Service has the name that the route needs for its own.
    fn route_name_is_taken(&self, service: &ObjectName) -> bool {
        self.store
            .get(&Key::new(Kind::CoreService, Some(&service.namespace), &service.name))
            .is_some()
    }

    /// Makes the route reconcile again, each time after twice as long. A change of its objects
    /// makes it reconcile at once, which counts as one that failed; the next one that was due by
    /// itself stays due.
    fn retry_route_later(&mut self, service: &ObjectName, attempt: u64) {
        let failed = format!("route: \"{0}\" does not own Service: \"{0}\"", service.name);
        self.emit_for_route(
            service,
            &EventDetails::warning(ROUTE_CONTROLLER, "InternalError", &failed),
        );
        let Some(run) = self.services.get_mut(service) else { return };
        let due = self.now + again(run.route.looks);
        let due = run
            .route
            .due
            .filter(|pending| *pending > self.now)
            .map_or(due, |pending| pending.min(due));
        run.route.looks += 1;
        run.route.due = Some(due);
        self.plan_for_service(due - self.now, Happening::RouteWorkedOut(attempt), service);
    }

    /// One of the service's objects changed, but not its spec: a route that waits for its name
    /// reconciles again.
    pub(crate) fn touch_route(&mut self, service: &ObjectName) {
        let waits = self
            .services
            .get(service)
            .is_some_and(|run| run.routes_ready.finding.reason == "NotOwned");
        if waits {
            self.plan_route(self.settings.timings.route, service);
        }
    }

    /// The ingress is there; the load balancer is not ready yet.
    pub(super) fn write_ingress(&mut self, service: &ObjectName, attempt: u64) {
        let Some(run) = self.current(service, attempt) else { return };
        if run.route.live.is_empty() {
            for part in ["placeholder service", "Ingress"] {
                let made = format!("Created {part} \"{}\"", service.name);
                self.emit_for_route(
                    service,
                    &EventDetails::normal(ROUTE_CONTROLLER, "Created", &made),
                );
            }
        }
        if let Some(run) = self.services.get_mut(service) {
            run.open_gateway();
        }
        self.set_route(
            service,
            Finding::unknown("Uninitialized", "Waiting for load balancer to be ready"),
        );
        self.plan_for_service(
            self.settings.timings.program_ingress,
            Happening::IngressProgrammed(attempt),
            service,
        );
    }

    /// From here on users get the new traffic.
    pub(super) fn program_ingress(&mut self, service: &ObjectName, attempt: u64) {
        let Some(targets) =
            self.current(service, attempt).and_then(|run| run.route.reported.clone())
        else {
            return;
        };
        let history = self.record.traffic.entry(service.clone()).or_default();
        let shares = shares(&targets);
        if history.last() != Some(&shares) {
            history.push(shares);
        }
        if let Some(run) = self.services.get_mut(service) {
            run.route.live = targets;
            run.route.turns.clear();
        }
        self.plan_for_service(
            self.settings.timings.ingress_ready,
            Happening::IngressReady(attempt),
            service,
        );
    }

    /// The service hears of it.
    pub(super) fn finish_ingress(&mut self, service: &ObjectName, attempt: u64) {
        if self.current(service, attempt).is_some() {
            self.set_route(service, Finding::good());
        }
    }

    fn set_route(&mut self, service: &ObjectName, finding: Finding) {
        let now = self.time();
        if let Some(run) = self.services.get_mut(service) {
            run.routes_ready.set(finding, now);
        }
        self.write_service_status(service);
    }

    fn current(&self, service: &ObjectName, attempt: u64) -> Option<&ServiceRun> {
        self.services.get(service).filter(|run| run.route.attempt == attempt)
    }

    fn resolve_target(
        &self,
        service: &ObjectName,
        run: &ServiceRun,
        target: &Value,
    ) -> Result<Value, Finding> {
        let mut resolved = target.clone();
        if target["latestRevision"] == true {
            let Some(latest) = &run.configuration.ready else {
                return Err(waiting_for_any(&service.name, run));
            };
            resolved["revisionName"] = json!(latest);
        }
        let name = resolved["revisionName"].as_str().unwrap_or_default();
        let Some(revision) = self.revisions.get(&service.beside(name)) else {
            return Err(Finding::bad(
                "RevisionMissing",
                format!("Revision \"{name}\" referenced in traffic not found."),
            ));
        };
        match revision.ready.finding.truth {
            Truth::True => {}
            Truth::Unknown => {
                return Err(Finding::unknown(
                    "RevisionMissing",
                    format!("Revision \"{name}\" is not yet ready."),
                ));
            }
            Truth::False => {
                return Err(Finding::bad(
                    "RevisionMissing",
                    format!("Revision \"{name}\" failed to become ready."),
                ));
            }
        }
        if let Some(tag) = target["tag"].as_str().filter(|tag| !tag.is_empty()) {
            resolved["url"] = json!(format!("http://{}", self.tag_host(service, run, tag)?));
        }
        Ok(resolved)
    }

    fn tag_host(
        &self,
        service: &ObjectName,
        run: &ServiceRun,
        tag: &str,
    ) -> Result<String, Finding> {
        let host = format!("{tag}-{}", run.host(service, &self.settings.domain));
        if host.find('.').is_some_and(|end| end > LABEL) {
            return Err(Finding::bad(
                "ErrorConfig",
                format!(
                    "domain name error: invalid domain name \"{host}\": url: Invalid value: \
                     \"{}\": must be no more than {LABEL} characters",
                    host.split('.').next().unwrap_or_default()
                ),
            ));
        }
        Ok(host)
    }
}

/// No revision of the service was ever ready.
fn waiting_for_any(service: &str, run: &ServiceRun) -> Finding {
    match run.configurations_ready.finding.truth {
        Truth::False => Finding::bad(
            "RevisionMissing",
            format!("Configuration \"{service}\" does not have any ready Revision."),
        ),
        Truth::True | Truth::Unknown => Finding::unknown(
            "RevisionMissing",
            format!("Configuration \"{service}\" is waiting for a Revision to become ready."),
        ),
    }
}

/// Traffic as a line of text: `web-00001 90, web-00002 10 (candidate)`.
fn shares(targets: &[Value]) -> String {
    let share = |target: &Value| {
        let tag = target["tag"].as_str().map_or_else(String::new, |tag| format!(" ({tag})"));
        format!(
            "{} {}{tag}",
            target["revisionName"].as_str().unwrap_or_default(),
            target["percent"].as_i64().unwrap_or_default()
        )
    };
    targets.iter().map(share).collect::<Vec<_>>().join(", ")
}
