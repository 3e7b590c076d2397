//! What is deleted with an object, and what is recreated.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    Caller, Kind, Status,
    names::ObjectName,
    read_verbs::allow,
    reconcile::keys::{part_key, revision_key, service_key},
    state::State,
    store::Key,
};

impl State {
    pub(crate) fn delete(
        &mut self,
        caller: &Caller,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Value, Status> {
        allow(caller, "delete", kind, namespace, Some(name))?;
        let object = self.find(kind, namespace, name)?.clone();
        let key = Key::new(kind, namespace, name);
        let target = ObjectName::new(&key.namespace, name);
        self.record.writes.push(format!(
            "{}: delete {} {target}",
            caller.user,
            kind.qualified_singular()
        ));
        self.remove(kind, &key, &target);
        Ok(object)
    }

    /// Removes it with what goes with it, or begins to.
    fn remove(&mut self, kind: Kind, key: &Key, target: &ObjectName) {
        match kind {
            Kind::Service => self.delete_service(target),
            Kind::Revision => self.delete_revision(target),
            Kind::Pod => self.delete_pod(target),
            Kind::Job => self.delete_job(target),
            Kind::Namespace => self.end_namespace(&target.name),
            Kind::DomainMapping => {
                self.domains.remove(target);
                self.store.remove(key);
            }
            Kind::ClusterDomainClaim => {
                self.store.remove(key);
                self.look_at_claimed(&target.name);
            }
            Kind::ConfigMap
            | Kind::Secret
            | Kind::ServiceAccount
            | Kind::CoreService
            | Kind::Role
            | Kind::RoleBinding
            | Kind::Deployment
            | Kind::Ingress
            | Kind::NetworkPolicy
            | Kind::PersistentVolumeClaim
            | Kind::Event
            | Kind::ResourceQuota
            | Kind::LimitRange
            | Kind::Configuration
            | Kind::Route
            | Kind::PodAutoscaler => {
                self.store.remove(key);
            }
        }
    }

    pub(super) fn delete_service(&mut self, service: &ObjectName) {
        self.services.remove(service);
        for revision in self.revisions_of(service) {
            self.drop_revision(&revision);
        }
        self.store.remove(&part_key(Kind::Route, service));
        self.store.remove(&part_key(Kind::Configuration, service));
        self.store.remove(&service_key(service));
        self.look_at_domains_of(service);
    }

    /// Deletes a revision. The one of the template is recreated.
    fn delete_revision(&mut self, revision: &ObjectName) {
        let service = self.revisions.get(revision).map(|run| run.service.clone());
        self.drop_revision(revision);
        let Some(service) = service else { return };
        let Some(run) = self.services.get(&service) else { return };
        let names = |target: &Value| target["revisionName"] == revision.name.as_str();
        let is_routed = run.route.wanted.iter().any(names);
        if run.configuration.created.as_deref() == Some(&revision.name) {
            self.make_anew(&service, revision);
        }
        if is_routed {
            self.plan_route(self.settings.timings.route, &service);
        }
    }

    /// The newest revision is recreated at once, and its requests wait for its pod.
    fn make_anew(&mut self, service: &ObjectName, revision: &ObjectName) {
        self.want_revision(service);
        self.resolve_image(revision);
        self.create_pod(revision);
    }

    fn delete_pod(&mut self, pod: &ObjectName) {
        if self.delete_job_pod(pod) {
            return;
        }
        let mut runs = self.revisions.iter();
        let owner = runs
            .find(|(_, run)| run.pod.as_ref().is_some_and(|one| one.name == pod.name))
            .map(|(name, _)| name.clone());
        if let Some(revision) = owner {
            self.kill_pods(&revision);
        }
    }

    fn drop_revision(&mut self, revision: &ObjectName) {
        self.remove_pod(revision);
        self.revisions.remove(revision);
        self.drop_autoscaler(revision);
        self.store.remove(&revision_key(revision));
    }

    fn revisions_of(&self, service: &ObjectName) -> Vec<ObjectName> {
        self.revisions
            .iter()
            .filter(|(_, run)| run.service == *service)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Collects the revisions that no route names and that are neither the newest nor the newest
    /// ready one.
    pub(crate) fn collect_garbage(&mut self, namespace: &str) {
        let newest = self
            .services
            .values()
            .flat_map(|run| [run.configuration.created.clone(), run.configuration.ready.clone()]);
        let kept: BTreeSet<_> = newest.flatten().collect();
        let own = self
            .revisions
            .keys()
            .filter(|revision| revision.namespace == namespace && !kept.contains(&revision.name));
        let collected: Vec<_> = own.filter(|revision| !self.is_routed(revision)).cloned().collect();
        collected.iter().for_each(|revision| self.drop_revision(revision));
    }
}
