//! skeleton
use crate::sandbox::{Caller, Kind, Reply, Status, names::ObjectName, state::State, timeline::Event};
use serde_json::Value;
#[derive(Debug)]
pub(in crate::sandbox) struct ServiceRun;
#[derive(Debug)]
pub(in crate::sandbox) struct RevisionRun;
impl State {
    pub(in crate::sandbox) fn happen(&mut self, _event: Event) {}
    pub(in crate::sandbox) fn service_created(&mut self, _name: &ObjectName, _object: &Value) {}
    pub(in crate::sandbox) fn service_changed(&mut self, _name: &ObjectName) {}
    pub(in crate::sandbox) fn delete(&mut self, _c: &Caller, kind: Kind, _n: Option<&str>, name: &str) -> Result<Value, Status> {
        Err(Status::not_found(kind, name))
    }
    pub(in crate::sandbox) fn logs(&self, _c: &Caller, _n: &str, pod: &str, _k: &str, _p: bool) -> Result<String, Status> {
        Err(Status::not_found(Kind::Pod, pod))
    }
    pub(in crate::sandbox) fn route(&mut self, _host: &str) -> Reply {
        Reply {
            revision: None,
            delay: std::time::Duration::ZERO,
            outcome: crate::sandbox::Outcome::Answer { status: 404, body: String::new() },
        }
    }
    pub(in crate::sandbox) fn kill_pods(&mut self, _r: &ObjectName) {}
    pub(in crate::sandbox) fn collect_garbage(&mut self, _n: &str) {}
}
