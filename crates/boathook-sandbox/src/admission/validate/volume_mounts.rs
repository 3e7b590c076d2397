//! Where volumes are mounted.

use serde_json::Value;

use crate::admission::{
    field_errors::FieldErrors,
    validate::set_fields::{items, text},
};

const RESERVED: [&str; 3] = ["/", "/dev", "/dev/log"];
/// Volumes that a container may write to.
const WRITABLE: [&str; 3] = ["emptyDir", "persistentVolumeClaim", "ephemeral"];

pub(super) fn check(container: &Value, spec: &Value) -> FieldErrors {
    let mounts = items(container, "volumeMounts");
    let found = mounts.iter().enumerate().map(|(index, mount)| {
        let volume = items(spec, "volumes").iter().find(|volume| volume["name"] == mount["name"]);
        let earlier =
            mounts[..index].iter().map(|mount| clean(text(mount, "mountPath"))).collect::<Vec<_>>();
        let unmatched = match volume {
            Some(_) => FieldErrors::none(),
            None => FieldErrors::one("volumeMount has no matching volume", &["name"]),
        };
        let checks = [
            unmatched,
            place(text(mount, "mountPath"), &earlier),
            writing(mount, volume),
            propagation(mount),
        ];
        FieldErrors::all(checks).via_index(index)
    });
    FieldErrors::all(found).via("volumeMounts")
}

fn place(path: &str, earlier: &[String]) -> FieldErrors {
    let cleaned = clean(path);
    if path.is_empty() {
        FieldErrors::missing("mountPath")
    } else if RESERVED.contains(&cleaned.as_str()) {
        FieldErrors::one(format!("mountPath \"{cleaned}\" is a reserved path"), &["mountPath"])
    } else if !path.starts_with('/') {
        FieldErrors::invalid(path, "mountPath")
    } else if earlier.contains(&cleaned) {
        FieldErrors::invalid(format!("\"{path}\" must be unique"), "mountPath")
    } else {
        FieldErrors::none()
    }
}

/// The path without repeated slashes and dots.
fn clean(path: &str) -> String {
    let mut steps = Vec::new();
    for step in path.split('/').filter(|step| !step.is_empty() && *step != ".") {
        if step == ".." {
            steps.pop();
        } else {
            steps.push(step);
        }
    }
    format!("{}{}", if path.starts_with('/') { "/" } else { "" }, steps.join("/"))
}

fn writing(mount: &Value, volume: Option<&Value>) -> FieldErrors {
    let is = |source: &str| volume.is_some_and(|volume| volume[source].is_object());
    let reads_only = mount["readOnly"] == true;
    let mut found = FieldErrors::none();
    if !WRITABLE.into_iter().any(is) && !reads_only {
        found.add(FieldErrors::one(
            "volume mount should be readOnly for this type of volume",
            &["readOnly"],
        ));
    }
    if volume.is_some_and(|volume| volume["persistentVolumeClaim"]["readOnly"] == true)
        && !reads_only
    {
        found.add(FieldErrors::one("volume is readOnly but volume mount is not", &["readOnly"]));
    }
    found
}

fn propagation(mount: &Value) -> FieldErrors {
    let Some(mode) = mount["mountPropagation"].as_str() else { return FieldErrors::none() };
    let name = text(mount, "name");
    let why = format!(
        "Volume Mount Propagation support is disabled, but found volume mount {name} with mount \
         propagation"
    );
    let mut found = FieldErrors::all([
        FieldErrors::one(why, &[]),
        FieldErrors::disallowed(&["mountPropagation"]),
    ]);
    if !matches!(mode, "None" | "HostToContainer") {
        found.add(FieldErrors::one(
            "mount propagation should be set to None or HostToContainer",
            &["mountPropagation"],
        ));
    }
    found
}
