//! The read verbs: get, list, and access reviews.

use serde_json::{Value, json};

use crate::{Caller, Kind, Selector, Status, state::State, store::Key};

impl State {
    /// One object; its status is asked for by itself, with a right of its own.
    pub(super) fn get(
        &self,
        caller: &Caller,
        key: &Key,
        part: Option<&str>,
    ) -> Result<Value, Status> {
        allow_part(caller, "get", key.kind, part, key.namespace(), Some(&key.name))?;
        self.find(key.kind, key.namespace(), &key.name).cloned()
    }

    pub(super) fn list(
        &self,
        caller: &Caller,
        kind: Kind,
        namespace: Option<&str>,
        selector: &Selector,
    ) -> Result<Value, Status> {
        allow(caller, "list", kind, namespace, selector.name.as_deref())?;
        let objects = self.store.list(kind, namespace).map(|(_, object)| object);
        let items: Vec<_> = objects.filter(|object| selector.matches(object)).cloned().collect();
        Ok(json!({
            "apiVersion": kind.api_version(),
            "kind": format!("{}List", kind.name()),
            "metadata": {"resourceVersion": self.store.version().to_string()},
            "items": items,
        }))
    }

    /// The object, or why it is not there: a missing namespace is named first.
    pub(super) fn find(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<&Value, Status> {
        self.store.get(&Key::new(kind, namespace, name)).ok_or_else(|| {
            match self.check_namespace(kind, namespace) {
                Err(status) => status,
                Ok(()) => Status::not_found(kind, name),
            }
        })
    }

    /// Refuses what names a namespace that does not exist.
    pub(super) fn check_namespace(
        &self,
        kind: Kind,
        namespace: Option<&str>,
    ) -> Result<(), Status> {
        let namespace = namespace.unwrap_or("default");
        if !kind.is_namespaced()
            || namespace == "default"
            || self.store.get(&Key::new(Kind::Namespace, None, namespace)).is_some()
        {
            return Ok(());
        }
        Err(Status::not_found(Kind::Namespace, namespace))
    }
}

/// Refuses what the caller's role does not allow.
pub(super) fn allow(
    caller: &Caller,
    verb: &str,
    kind: Kind,
    namespace: Option<&str>,
    name: Option<&str>,
) -> Result<(), Status> {
    allow_part(caller, verb, kind, None, namespace, name)
}

/// The same for a part of an object, such as `pods/log`.
pub(super) fn allow_part(
    caller: &Caller,
    verb: &str,
    kind: Kind,
    part: Option<&str>,
    namespace: Option<&str>,
    name: Option<&str>,
) -> Result<(), Status> {
    let resource =
        part.map_or_else(|| kind.plural().to_owned(), |part| format!("{}/{part}", kind.plural()));
    let namespace = if kind.is_namespaced() { namespace } else { name };
    if caller.may(verb, kind.group(), &resource, namespace, name) {
        return Ok(());
    }
    Err(Status::forbidden(&caller.user, verb, kind, part, namespace, name))
}
