//! Whether the cluster's only node has the resources that a pod requests.

use serde_json::{Value, json};

use crate::{
    Start, admission::nanos, names::ObjectName, reconcile::keys::revision_key, state::State,
};

/// What the node has.
const NODE: [(&str, &str); 2] = [("cpu", "4"), ("memory", "16Gi")];

impl State {
    /// What the node lacks for a revision's pod, in the scheduler's words, and whether others will
    /// make room.
    pub(super) fn lacking(&self, revision: &ObjectName) -> Option<(String, bool)> {
        let spec = &self.store.get(&revision_key(revision))?["spec"];
        let requests = spec["containers"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|container| &container["resources"]["requests"]);
        let all: Vec<&Value> = requests.collect();
        let mut wanted: Vec<&str> = all
            .iter()
            .filter_map(|one| one.as_object())
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let is_lacking = |resource: &&&str| {
            let has =
                NODE.iter().find(|(name, _)| *name == **resource).map_or("0", |(_, amount)| amount);
            all.iter().filter_map(|one| nanos(&one[**resource])).sum::<i128>()
                > nanos(&json!(has)).unwrap_or_default()
        };
        let short: Vec<_> = wanted
            .iter()
            .filter(is_lacking)
            .map(|resource| format!("1 Insufficient {resource}"))
            .collect();
        if !short.is_empty() {
            return Some((
                unschedulable(&short.join(", "), "Preemption is not helpful for scheduling."),
                false,
            ));
        }
        let behaviour = self.revisions.get(revision)?.behaviour.as_ref()?;
        (behaviour.start == Start::NoRoom).then(|| {
            (
                unschedulable(
                    "1 Insufficient cpu",
                    "No preemption victims found for incoming pod.",
                ),
                true,
            )
        })
    }
}

fn unschedulable(short: &str, preemption: &str) -> String {
    format!(
        "0/1 nodes are available: {short}. no new claims to deallocate, preemption: 0/1 nodes are \
         available: 1 {preemption}"
    )
}
