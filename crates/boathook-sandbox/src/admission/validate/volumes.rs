//! Volumes.

use serde_json::Value;

use crate::admission::{
    field_errors::FieldErrors,
    names,
    validate::set_fields::{each, items, text},
};

/// What can be behind a volume, in Knative's order.
const SOURCES: [&str; 9] = [
    "secret",
    "configMap",
    "projected",
    "emptyDir",
    "persistentVolumeClaim",
    "hostPath",
    "csi",
    "ephemeral",
    "image",
];
/// What Knative accepts without a feature flag.
const ALLOWED: [&str; 4] = ["secret", "configMap", "projected", "emptyDir"];
const PROJECTED: [&str; 4] = ["secret", "configMap", "serviceAccountToken", "downwardAPI"];

/// The volumes of a pod, seen from the list.
pub(super) fn check(spec: &Value) -> FieldErrors {
    let volumes = items(spec, "volumes");
    let containers = items(spec, "containers").iter().chain(items(spec, "initContainers"));
    let mounted: Vec<_> = containers
        .flat_map(|container| items(container, "volumeMounts"))
        .map(|mount| text(mount, "name"))
        .collect();
    FieldErrors::all(volumes.iter().enumerate().map(|(index, volume)| {
        let name = text(volume, "name");
        let mut found = FieldErrors::none();
        if volumes[..index].iter().any(|earlier| text(earlier, "name") == name) {
            found.add(FieldErrors::one(format!("duplicate volume name \"{name}\""), &["name"]));
        }
        if !mounted.contains(&name) {
            found.add(FieldErrors::one(
                format!("volume with name \"{name}\" not mounted"),
                &["name"],
            ));
        }
        found.add(of(volume, name));
        found.via_index(index)
    }))
}

/// A bad name hides what else Knative does not allow about the volume.
fn of(volume: &Value, name: &str) -> FieldErrors {
    let named = match name {
        "" => FieldErrors::missing("name"),
        name if names::not_dns_1123_label(name).is_some() => FieldErrors::invalid(name, "name"),
        _ => disabled(volume, name),
    };
    let set: Vec<_> = SOURCES.into_iter().filter(|source| volume[*source].is_object()).collect();
    let not_allowed: Vec<_> =
        set.iter().copied().filter(|source| !ALLOWED.contains(source)).collect();
    let one = match set.as_slice() {
        [] => FieldErrors::missing_one_of(&ALLOWED),
        [_] => FieldErrors::none(),
        several => FieldErrors::multiple_one_of(several),
    };
    FieldErrors::all([named, FieldErrors::disallowed(&not_allowed), one, contents(volume)])
}

fn disabled(volume: &Value, name: &str) -> FieldErrors {
    let kinds =
        [("image", "Image"), ("hostPath", "HostPath"), ("csi", "CSI"), ("ephemeral", "Ephemeral")];
    let set = kinds.into_iter().filter(|(source, _)| volume[*source].is_object());
    let found = set.map(|(_, kind)| {
        FieldErrors::one(
            format!("{kind} volume support is disabled, but found {kind} volume {name}"),
            &[],
        )
    });
    FieldErrors::all(found.chain([claim(&volume["persistentVolumeClaim"])]))
}

fn claim(claim: &Value) -> FieldErrors {
    let name = text(claim, "claimName");
    let mut found = FieldErrors::none();
    if claim.is_object() {
        let why = format!(
            "Persistent volume claim support is disabled, but found persistent volume claim {name}"
        );
        found.add(FieldErrors::one(why, &[]));
    }
    if claim.is_object() && claim["readOnly"] != true {
        let why = format!(
            "Persistent volume write support is disabled, but found persistent volume claim {name} \
             that is not read-only"
        );
        found.add(FieldErrors::one(why, &[]));
    }
    found
}

fn contents(volume: &Value) -> FieldErrors {
    FieldErrors::all([
        each(&volume["secret"], "items", key_to_path),
        each(&volume["configMap"], "items", key_to_path),
        projections(&volume["projected"]),
        empty_dir(&volume["emptyDir"]).via("emptyDir"),
        image(&volume["image"]).via("image"),
    ])
}

fn key_to_path(item: &Value) -> FieldErrors {
    required(item, &["key", "path"])
}

fn required(object: &Value, fields: &[&str]) -> FieldErrors {
    FieldErrors::all(
        fields
            .iter()
            .filter(|field| text(object, field).is_empty())
            .map(|field| FieldErrors::missing(field)),
    )
}

fn projections(projected: &Value) -> FieldErrors {
    let found = items(projected, "sources").iter().enumerate().map(|(index, source)| {
        let set: Vec<_> = PROJECTED.into_iter().filter(|kind| source[*kind].is_object()).collect();
        let one = match set.as_slice() {
            [] => FieldErrors::missing_one_of(&PROJECTED),
            [_] => FieldErrors::none(),
            several => FieldErrors::multiple_one_of(several),
        };
        let each_of = set.iter().map(|kind| projection(kind, &source[*kind]).via(kind));
        FieldErrors::all(each_of.chain([one])).via_index(index)
    });
    FieldErrors::all(found).via("projected")
}

fn projection(kind: &str, source: &Value) -> FieldErrors {
    match kind {
        "serviceAccountToken" => required(source, &["path"]),
        "downwardAPI" => each(source, "items", downward_file),
        _ => FieldErrors::all([required(source, &["name"]), each(source, "items", key_to_path)]),
    }
}

fn downward_file(file: &Value) -> FieldErrors {
    let references = match (file["fieldRef"].is_object(), file["resourceFieldRef"].is_object()) {
        (false, false) => FieldErrors::missing_one_of(&["fieldRef", "resourceFieldRef"]),
        (true, true) => FieldErrors::one(
            "Within a single item, cannot set both",
            &["resourceFieldRef", "fieldRef"],
        ),
        _ => FieldErrors::none(),
    };
    FieldErrors::all([references, required(file, &["path"])])
}

fn empty_dir(directory: &Value) -> FieldErrors {
    let medium = match text(directory, "medium") {
        "" | "Memory" => FieldErrors::none(),
        other => FieldErrors::invalid(other, "medium"),
    };
    let limit = text(directory, "sizeLimit");
    let negative = if limit.starts_with('-') {
        FieldErrors::invalid(limit, "sizeLimit")
    } else {
        FieldErrors::none()
    };
    FieldErrors::all([medium, negative])
}

fn image(image: &Value) -> FieldErrors {
    if !image.is_object() {
        return FieldErrors::none();
    }
    let policy = match text(image, "pullPolicy") {
        "" | "Always" | "IfNotPresent" | "Never" => FieldErrors::none(),
        other => FieldErrors::invalid(other, "pullPolicy"),
    };
    FieldErrors::all([required(image, &["reference"]), policy])
}
