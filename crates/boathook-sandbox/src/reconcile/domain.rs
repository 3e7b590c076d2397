//! The DomainMapping controller: checks whether the domain may be used, finds the service behind
//! it, and reports its progress.

use std::time::Duration;

use serde_json::Value;

use crate::{
    Kind,
    events::EventDetails,
    names::ObjectName,
    reconcile::again,
    runs::{DomainRun, Finding},
    state::State,
    store::Key,
    timeline::Happening,
};

const CONTROLLER: &str = "domainmapping-controller";
/// From a write until the controller has looked.
const OBSERVED: Duration = Duration::from_millis(40);

/// Why a domain is not mapped: what that makes of its conditions, and the words of the event.
struct Obstacle {
    claimed: Finding,
    reference: Finding,
    said: String,
}

impl State {
    /// A mapping was created, or something that it depends on changed.
    pub(crate) fn look_at_domain(&mut self, mapping: &ObjectName) {
        let Some(uid) = self.uid_of_mapping(mapping) else { return };
        let now = self.time();
        self.domains.entry(mapping.clone()).or_insert_with(|| DomainRun::new(&uid, &now));
        self.plan_domain(OBSERVED, mapping);
    }

    /// The claim of a domain was changed.
    pub(crate) fn look_at_claimed(&mut self, domain: &str) {
        let mapped: Vec<_> =
            self.domains.keys().filter(|mapping| mapping.name == domain).cloned().collect();
        mapped.iter().for_each(|mapping| self.look_at_domain(mapping));
    }

    /// A service came or went.
    pub(super) fn look_at_domains_of(&mut self, service: &ObjectName) {
        let names = |mapping: &&ObjectName| {
            let own = self.store.get(&mapping_key(mapping));
            own.is_some_and(|object| service_behind(mapping, object).as_ref() == Some(service))
        };
        let mapped: Vec<_> = self.domains.keys().filter(names).cloned().collect();
        mapped.iter().for_each(|mapping| self.look_at_domain(mapping));
    }

    fn plan_domain(&mut self, after: Duration, mapping: &ObjectName) {
        let Some(run) = self.domains.get_mut(mapping) else { return };
        run.attempt += 1;
        let attempt = run.attempt;
        let uid = run.uid.clone();
        self.plan(after, Happening::DomainObserved(attempt), mapping, &uid);
    }

    /// The controller reconciles a mapping.
    pub(super) fn observe_domain(&mut self, mapping: &ObjectName, attempt: u64) {
        let Some(object) = self.store.get(&mapping_key(mapping)).cloned() else { return };
        let service = service_behind(mapping, &object);
        let obstacle = self.obstacle(mapping, service.as_ref());
        let now = self.time();
        let timings = self.settings.timings;
        let Some(run) = self.domains.get_mut(mapping).filter(|run| run.attempt == attempt) else {
            return;
        };
        let uid = run.uid.clone();
        match obstacle {
            Some(Obstacle { claimed, reference, said }) => {
                let wait = again(run.failures);
                run.failures += 1;
                run.live = None;
                run.set(
                    claimed,
                    reference,
                    Finding::unknown(
                        "IngressNotConfigured",
                        "Ingress has not yet been reconciled.",
                    ),
                    &now,
                );
                self.emit_for(
                    Kind::DomainMapping,
                    mapping,
                    &mapping_key(mapping),
                    &EventDetails::warning(CONTROLLER, "InternalError", &said),
                );
                self.plan_domain(wait, mapping);
            }
            None if run.live == service => {}
            None => {
                run.failures = 0;
                let waiting =
                    Finding::unknown("Uninitialized", "Waiting for load balancer to be ready");
                run.set(Finding::good(), Finding::good(), waiting, &now);
                let after = timings.program_ingress + timings.ingress_ready;
                self.plan(after, Happening::DomainProgrammed(attempt), mapping, &uid);
            }
        }
        self.write_domain_status(mapping);
    }

    /// From here on the domain's requests go to the service.
    pub(super) fn program_domain(&mut self, mapping: &ObjectName, attempt: u64) {
        let service = self
            .store
            .get(&mapping_key(mapping))
            .and_then(|object| service_behind(mapping, object));
        let now = self.time();
        let Some(run) = self.domains.get_mut(mapping).filter(|run| run.attempt == attempt) else {
            return;
        };
        run.live = service;
        run.set(Finding::good(), Finding::good(), Finding::good(), &now);
        self.write_domain_status(mapping);
    }

    fn obstacle(&self, mapping: &ObjectName, service: Option<&ObjectName>) -> Option<Obstacle> {
        if let Some(said) = self.unclaimed(mapping) {
            let taken = "The domain name is already in use by another DomainMapping";
            return Some(Obstacle {
                claimed: Finding::bad("DomainAlreadyClaimed", taken),
                reference: Finding::open(),
                said,
            });
        }
        let has_address = |service: &ObjectName| {
            let object =
                self.store.get(&Key::new(Kind::Service, Some(&service.namespace), &service.name));
            object.map(|object| object["status"]["address"]["url"].is_string())
        };
        let said = match service.map(|service| (service, has_address(service))) {
            Some((_, Some(true))) => return None,
            Some((service, Some(false))) => format!("address not set for {service}"),
            Some((service, None)) => format!(
                "failed to get object {service}: services.serving.knative.dev \"{}\" not found",
                service.name
            ),
            None => "the reference is to no Service of serving.knative.dev/v1".to_owned(),
        };
        Some(Obstacle {
            claimed: Finding::good(),
            reference: Finding::bad("ResolveFailed", said.clone()),
            said,
        })
    }

    /// Why the mapping's namespace may not use the domain.
    fn unclaimed(&self, mapping: &ObjectName) -> Option<String> {
        let ObjectName { namespace, name } = mapping;
        match self.store.get(&Key::new(Kind::ClusterDomainClaim, None, name)) {
            Some(claim) if claim["spec"]["namespace"] == namespace.as_str() => None,
            Some(_) => Some(format!(
                "namespace \"{namespace}\" does not own ClusterDomainClaim for \"{name}\""
            )),
            None => Some(format!(
                "no ClusterDomainClaim found for domain \"{name}\" (and \
                 autocreate-cluster-domain-claims property is not true)"
            )),
        }
    }

    fn write_domain_status(&mut self, mapping: &ObjectName) {
        let Some(run) = self.domains.get(mapping) else { return };
        let status = run.status(&mapping.name);
        self.store.update(&mapping_key(mapping), |object| object["status"] = status);
    }

    fn uid_of_mapping(&self, mapping: &ObjectName) -> Option<String> {
        self.store.get(&mapping_key(mapping))?["metadata"]["uid"].as_str().map(str::to_owned)
    }
}

fn mapping_key(mapping: &ObjectName) -> Key {
    Key::new(Kind::DomainMapping, Some(&mapping.namespace), &mapping.name)
}

/// The Knative service that a mapping names.
fn service_behind(mapping: &ObjectName, object: &Value) -> Option<ObjectName> {
    let reference = &object["spec"]["ref"];
    let text = |field: &str| reference[field].as_str().unwrap_or_default();
    let is_service = Kind::of(text("apiVersion"), text("kind")) == Some(Kind::Service);
    is_service.then(|| mapping.beside(text("name")))
}
