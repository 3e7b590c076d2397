//! The status of an object, which has a path and a right of its own: a write there changes nothing else, and a write elsewhere not it.

use serde_json::Value;

use crate::sandbox::{
    Caller, Kind, Patch, Status, WriteOptions, Written, read_verbs::allow_part, state::State, store::Key, write_verbs::patched,
};

impl State {
    pub(super) fn get_status(&self, caller: &Caller, kind: Kind, namespace: Option<&str>, name: &str) -> Result<Value, Status> {
        allow_part(caller, "get", kind, Some("status"), namespace, Some(name))?;
        self.find(kind, namespace, name).cloned()
    }

    /// Neither webhook nor generation has a part in it; a controller that looks again writes its own status over it.
    pub(super) fn patch_status(
        &mut self,
        caller: &Caller,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
        patch: &Patch,
        options: &WriteOptions,
    ) -> Result<Written, Status> {
        allow_part(caller, "patch", kind, Some("status"), namespace, Some(name))?;
        let before = self.find(kind, namespace, name)?.clone();
        let mut object = before.clone();
        object["status"] = patched(kind, &before, patch)?["status"].take();
        let changed = object != before;
        if changed && !options.dry_run {
            self.store.put(Key::new(kind, namespace, name), object);
            object = self.find(kind, namespace, name)?.clone();
        }
        Ok(Written { object, changed, warnings: Vec::new() })
    }
}
