//! The end of a namespace: it takes a while, during which services look Ready but answer no
//! request.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{Kind, Status, names::ObjectName, state::State, store::Key, timeline::Happening};

/// How long until pods, and objects without finalizers, are deleted.
const EMPTIED: Duration = Duration::from_secs(5);
/// How long until the Knative services are, after that.
const SERVICES_GO: Duration = Duration::from_secs(79);
/// The interval at which finalizers are checked.
const RETRY: Duration = Duration::from_secs(5);

impl State {
    /// A namespace is being deleted: nothing new may be created in it.
    pub(super) fn end_namespace(&mut self, namespace: &str) {
        let key = Key::new(Kind::Namespace, None, namespace);
        let now = self.time();
        self.store.update(&key, |object| {
            object["metadata"]["deletionTimestamp"] = json!(now);
            object["status"]["phase"] = json!("Terminating");
        });
        self.plan_for_namespace(EMPTIED, Happening::NamespaceEmptied, namespace);
    }

    /// Deletes the pods, and everything without a finalizer.
    pub(super) fn empty_namespace(&mut self, namespace: &str) {
        let revisions: Vec<_> = self
            .revisions
            .keys()
            .filter(|revision| revision.namespace == namespace)
            .cloned()
            .collect();
        revisions.iter().for_each(|revision| self.remove_pod(revision));
        let loose = |key: &Key| !key.kind.is_custom() && key.kind != Kind::Event;
        for key in self.store.inside(namespace).into_iter().filter(loose) {
            if !self.store.get(&key).is_some_and(is_held) {
                self.store.remove(&key);
            }
        }
        let has_services = self.services.keys().any(|service| service.namespace == namespace);
        let after = if has_services { SERVICES_GO } else { Duration::from_secs(1) };
        self.plan_for_namespace(after, Happening::NamespaceGone, namespace);
    }

    /// Deletes the rest and the namespace, unless an object still has a finalizer.
    pub(super) fn drop_namespace(&mut self, namespace: &str) {
        let services: Vec<_> = self
            .services
            .keys()
            .filter(|service| service.namespace == namespace)
            .cloned()
            .collect();
        services.iter().for_each(|service| self.delete_service(service));
        self.domains.retain(|mapping, _| mapping.namespace != namespace);
        let (held, loose): (Vec<_>, Vec<_>) = self
            .store
            .inside(namespace)
            .into_iter()
            .partition(|key| self.store.get(key).is_some_and(is_held));
        loose.iter().for_each(|key| self.store.remove(key));
        if held.is_empty() {
            self.store.remove(&Key::new(Kind::Namespace, None, namespace));
        } else {
            self.plan_for_namespace(RETRY, Happening::NamespaceGone, namespace);
        }
    }

    /// Why nothing can be created in a terminating namespace; `what` is such as `pods "web-1"`.
    pub(crate) fn terminating(&self, namespace: &str, what: &str) -> Option<String> {
        let object = self.store.get(&Key::new(Kind::Namespace, None, namespace))?;
        object["metadata"]["deletionTimestamp"].is_string().then(|| {
            format!(
                "{what} is forbidden: unable to create new content in namespace {namespace} \
                 because it is being terminated"
            )
        })
    }

    /// Refuses a new object in a namespace that is going.
    pub(crate) fn check_terminating(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<(), Status> {
        let what = format!("{} \"{name}\"", kind.qualified());
        let why = namespace
            .filter(|_| kind.is_namespaced())
            .and_then(|namespace| self.terminating(namespace, &what));
        why.map_or(Ok(()), |why| Err(Status::terminating(kind, name, why)))
    }

    fn plan_for_namespace(&mut self, after: Duration, what: Happening, namespace: &str) {
        let uid = self.namespace_uid(namespace);
        self.plan(after, what, &ObjectName::new("", namespace), &uid);
    }

    /// Which life of a namespace this is.
    pub(super) fn namespace_uid(&self, namespace: &str) -> String {
        let object = self.store.get(&Key::new(Kind::Namespace, None, namespace));
        object.and_then(|object| object["metadata"]["uid"].as_str()).unwrap_or_default().to_owned()
    }
}

fn is_held(object: &Value) -> bool {
    object["metadata"]["finalizers"].as_array().is_some_and(|all| !all.is_empty())
}
