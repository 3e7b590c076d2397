//! What the patch of a deployment changes in its service, as people read it.

use boathook_core::{
    deployment::ImageRef,
    objects::{Document, MetadataChange},
    rollout::ServiceManifest,
};
use serde_json::{Map, Value, json};

use crate::{
    comparison::{Comparison, Sides},
    plan::{
        LiveService, Serves, knative_defaults::drop_defaults, metadata::SET_BY_MANIFEST,
        render::without_own_metadata,
    },
};

/// Compares what serves, or the spec where nothing does, with what the manifest makes of it with
/// this image. What every deployment changes is left out, and so are traffic and Knative's defaults.
#[must_use]
pub fn compare_service(
    manifest: &ServiceManifest,
    image: &ImageRef,
    live: Option<&LiveService>,
) -> Comparison {
    let wanted = manifest.with_image(image);
    let sides = match live {
        None => Sides::Created(Some(created(&wanted))),
        Some(live) => {
            let after = without_own_metadata(&wanted);
            let change = live.metadata(manifest, false).change;
            let (old, new) = own_metadata(&wanted, live, &change);
            let mut before = json!({"metadata": old, "spec": {"template": template(live)}});
            let mut after =
                json!({"metadata": new, "spec": {"template": after["spec"]["template"]}});
            drop_defaults(
                &mut before["spec"]["template"]["spec"],
                &after["spec"]["template"]["spec"],
            );
            [&mut before, &mut after].into_iter().for_each(drop_empty_metadata);
            Sides::Changed { before, after }
        }
    };
    Comparison::of(&wanted, sides)
}

fn created(wanted: &Document) -> Value {
    let mut service = without_own_metadata(wanted);
    if let Some(annotations) = service.pointer_mut("/metadata/annotations") {
        annotations.as_object_mut().map(|annotations| annotations.remove(SET_BY_MANIFEST));
    }
    drop_empty_metadata(&mut service);
    service
}

/// The template that serves, without the name of its revision and boathook's own keys.
fn template(live: &LiveService) -> Value {
    let template = match &live.serves {
        Serves::Revision(serving) => serving.revision.template().0,
        Serves::Nothing(_) => live.service.template().clone(),
    };
    let mut shown = without_own_metadata(&Document(json!({"spec": {"template": template}})));
    let mut template = shown["spec"]["template"].take();
    if let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("name");
    }
    template
}

/// The labels and annotations that change, as they are and as they become.
fn own_metadata(wanted: &Document, live: &LiveService, change: &MetadataChange) -> (Value, Value) {
    let mut old = json!({"name": wanted.name(), "namespace": wanted.namespace()});
    let mut new = old.clone();
    let service = &live.service;
    for (field, changes, has) in [
        ("labels", &change.labels, service.labels()),
        ("annotations", &change.annotations, service.annotations()),
    ] {
        let shown = changes.iter().filter(|(key, _)| *key != SET_BY_MANIFEST);
        for (key, value) in shown {
            set(&mut old, field, key, has.get(key));
            set(&mut new, field, key, value.as_ref());
        }
    }
    (old, new)
}

fn set(metadata: &mut Value, field: &str, key: &str, value: Option<&String>) {
    if let Some(value) = value {
        metadata[field][key] = value.as_str().into();
    }
}

/// Maps that only held boathook's own keys.
fn drop_empty_metadata(service: &mut Value) {
    let is_empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
    for place in ["/spec/template/metadata", "/metadata"] {
        if let Some(metadata) = service.pointer_mut(place).and_then(Value::as_object_mut) {
            metadata.retain(|_, value| !is_empty(value));
        }
    }
    let template = service.pointer_mut("/spec/template").and_then(Value::as_object_mut);
    if let Some(template) =
        template.filter(|template| template.get("metadata").is_some_and(is_empty))
    {
        template.remove("metadata");
    }
}
