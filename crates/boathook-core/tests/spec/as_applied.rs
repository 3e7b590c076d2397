//! When another `kubectl apply` of the same manifest would change nothing.

use boathook_core::objects::{Document, LAST_APPLIED, billionths};
use serde_json::{Value, json};

fn manifest() -> Value {
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "game"},
        "spec": {
            "replicas": 2,
            "template": {"spec": {"containers": [{
                "name": "web",
                "env": [{"name": "SIZE", "value": "1024Mi"}],
                "resources": {"limits": {"memory": "1024Mi", "cpu": 1}},
            }]}},
        },
    })
}

/// The object as the API server has it after `manifest` was applied.
fn live(manifest: &Value) -> Value {
    let mut applied = manifest.clone();
    if !applied["metadata"]["annotations"].is_object() {
        applied["metadata"]["annotations"] = json!({});
    }
    let mut live = applied.clone();
    live["metadata"]["annotations"][LAST_APPLIED] = format!("{applied}\n").into();
    live["metadata"]["uid"] = "7f".into();
    live["metadata"]["creationTimestamp"] = "2026-08-01T08:00:00Z".into();
    live["spec"]["strategy"] = json!({"type": "RollingUpdate"});
    let container = &mut live["spec"]["template"]["spec"]["containers"][0];
    container["imagePullPolicy"] = "Always".into();
    container["resources"]["limits"] = json!({"memory": "1Gi", "cpu": "1"});
    live
}

fn is_as_applied(manifest: &Value, live: &Value) -> bool {
    Document(manifest.clone()).is_as_applied(&Document(live.clone()))
}

/// Whether the manifest counts as applied where this is done to it, and to the live object after
/// it was applied.
fn after(to_manifest: impl Fn(&mut Value), to_live: impl Fn(&mut Value)) -> bool {
    let mut manifest = manifest();
    to_manifest(&mut manifest);
    let mut live = live(&manifest);
    to_live(&mut live);
    is_as_applied(&manifest, &live)
}

#[test]
fn defaults_of_the_api_server_and_quantities_in_its_own_words_are_no_change() {
    assert!(after(|_| {}, |_| {}));
}

#[test]
fn what_generated_manifests_hold_and_nobody_can_set_is_no_change() {
    assert!(after(
        |manifest| {
            manifest["metadata"]["creationTimestamp"] = Value::Null;
            manifest["status"] = json!({});
            manifest["spec"]["template"]["metadata"] = json!({"creationTimestamp": null});
        },
        |live| live["status"] = json!({"replicas": 2}),
    ));
}

#[test]
fn an_annotation_of_kubectl_in_the_manifest_itself_is_no_change() {
    let mut exported = manifest();
    exported["metadata"]["annotations"] = json!({LAST_APPLIED: "{}"});
    assert!(is_as_applied(&exported, &live(&manifest())));
}

#[test]
fn a_number_is_the_same_however_it_is_written() {
    let mut manifest = manifest();
    manifest["spec"]["ratio"] = json!(2.0);
    let mut live = live(&manifest);
    let stored = live["metadata"]["annotations"][LAST_APPLIED].as_str().unwrap();
    let stored = stored.replace("2.0", "2");
    live["metadata"]["annotations"][LAST_APPLIED] = stored.into();
    live["spec"]["ratio"] = json!(2);
    assert!(is_as_applied(&manifest, &live));
    live["spec"]["ratio"] = json!(3);
    assert!(!is_as_applied(&manifest, &live));
}

#[test]
fn whatever_the_manifest_states_and_the_object_lacks_is_a_change() {
    let changed = [
        ("/spec/replicas", json!(3)),
        ("/spec/template/spec/containers/0/env/0/value", json!("1Gi")),
        ("/spec/template/spec/containers/0/resources/limits/memory", json!("1025Mi")),
        ("/spec/template/spec/containers/0/resources/limits/cpu", json!("1001m")),
        ("/spec/template/spec/containers/0/env", json!([])),
        ("/spec/template/spec", json!({})),
        ("/metadata/deletionTimestamp", json!("2026-08-01T08:00:00Z")),
        ("/metadata/annotations", json!({})),
    ];
    for (place, value) in changed {
        let was_changed = after(
            |_| {},
            |live| {
                live["metadata"]["deletionTimestamp"] = Value::Null;
                *live.pointer_mut(place).unwrap() = value.clone();
            },
        );
        assert!(!was_changed, "{place} became {value}");
    }
}

#[test]
fn one_more_part_of_a_list_is_a_change() {
    assert!(!after(
        |_| {},
        |live| {
            let containers = live.pointer_mut("/spec/template/spec/containers").unwrap();
            containers.as_array_mut().unwrap().push(json!({"name": "sidecar"}));
        },
    ));
}

#[test]
fn a_field_that_is_null_in_the_manifest_must_not_be_there() {
    let nulled = |manifest: &mut Value| manifest["spec"]["paused"] = Value::Null;
    assert!(after(nulled, |_| {}));
    assert!(!after(nulled, |live| live["spec"]["paused"] = true.into()));
}

#[test]
fn another_manifest_than_the_one_last_applied_is_a_change() {
    let live = live(&manifest());
    let mut other = manifest();
    other["spec"]["replicas"] = json!(3);
    assert!(!is_as_applied(&other, &live));
    let mut less = manifest();
    less["spec"].as_object_mut().unwrap().remove("replicas");
    assert!(!is_as_applied(&less, &live));
}

#[test]
fn quantities_are_compared_exactly() {
    let same =
        [("1024Mi", "1Gi"), ("0.5", "500m"), ("1e3", "1k"), ("+1", "1000m"), ("1E", "1000P")];
    for (one, other) in same {
        assert_eq!(billionths(one).unwrap(), billionths(other).unwrap(), "{one} and {other}");
    }
    assert_ne!(billionths("9007199254740993"), billionths("9007199254740992"));
    for no_quantity in ["", "Mi", "1 Gi", "a", "1.2.3", "1e99", "1.-5", "0.0000000001"] {
        assert_eq!(billionths(no_quantity), None, "{no_quantity}");
    }
}
