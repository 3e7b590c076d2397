//! A service with two ConfigMaps beside it, which a deployment changes together with its
//! environment.

use boathook::plan::Settings;
use boathook_core::{
    deployment::{Actor, DeploymentId, Environment},
    record::Outcome,
};
use boathook_sandbox::{Caller, Kind, Patch, WriteOptions};
use boathook_testing::{
    rollout_harness::{Harness, manifest},
    samples::{self, QUEUE, service},
    shipped::Shipped as _,
};
use serde_json::Value;

/// An object of a kind that no cluster knows: the apply refuses it, and takes the others.
pub const UNKNOWN: &str = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: bad}\n";

/// A ConfigMap that holds one word.
pub fn map(name: &str, motto: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{motto: {motto}}}\n"
    )
}

/// The first image serves, with the ConfigMaps `one` and `two`, and the folder wants both and the
/// environment changed.
pub async fn changed(settings: Settings) -> Harness {
    let harness = deployed(settings).await;
    configure(&harness, "second");
    harness
}

/// The second image serves, and everything says `second`.
pub async fn replaced(settings: Settings) -> Harness {
    let harness = changed(settings).await;
    harness.deploy("2").await.assert_end(Outcome::Succeeded);
    assert_eq!(mottos(&harness), ["second", "second"]);
    harness
}

/// An operator orders a rollback to a deployment, or to the success before the last.
pub async fn order(harness: &Harness, to: Option<&DeploymentId>) -> DeploymentId {
    let by = Actor::new("ada");
    let order = samples::rollback(Environment::STAGING, &service("game"), to.cloned(), by);
    harness.journal.order_rollback(order, QUEUE).await.unwrap().deployment.id
}

/// The first image serves, with the ConfigMaps `one` and `two`.
pub async fn deployed(settings: Settings) -> Harness {
    let harness = Harness::with(settings);
    configure(&harness, "first");
    harness.deploy("1").await.assert_end(Outcome::Succeeded);
    harness
}

/// Gives both ConfigMaps and the environment of the service another word in the folder.
pub fn configure(harness: &Harness, motto: &str) {
    harness.manifest("10-game.yaml", &manifest(motto));
    harness.manifest("20-one.yaml", &map("one", motto));
    harness.manifest("21-two.yaml", &map("two", motto));
}

/// A ConfigMap as the cluster has it.
pub fn live(harness: &Harness, name: &str) -> Option<Value> {
    harness.cluster.get(&Caller::admin(), Kind::ConfigMap, Some("game"), name).ok()
}

/// What both ConfigMaps say.
pub fn mottos(harness: &Harness) -> [String; 2] {
    ["one", "two"].map(|name| {
        live(harness, name).map_or_else(
            || "absent".to_owned(),
            |object| object["data"]["motto"].as_str().unwrap_or("none").to_owned(),
        )
    })
}

/// Changes a ConfigMap by hand, as `kubectl edit` does.
pub fn edit(harness: &Harness, name: &str, patch: Value) {
    let patch = Patch::Merge(patch);
    let options = WriteOptions::default();
    let admin = Caller::admin();
    let place = (Kind::ConfigMap, Some("game"));
    harness.cluster.patch(&admin, place.0, place.1, name, &patch, &options).unwrap();
}
