//! Traffic: who gets how much of it, under which tags.

use serde_json::Value;

use crate::admission::{
    field_errors::FieldErrors,
    names,
    validate::set_fields::{text, within},
};

/// A block of traffic, seen from itself.
pub(super) fn check(traffic: &Value) -> FieldErrors {
    let targets = traffic.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut found = FieldErrors::all(targets.iter().enumerate().map(|(index, target)| {
        FieldErrors::all([
            of(target).via_index(index),
            tag(target, index),
            repeated(targets, index),
        ])
    }));
    let sum: i64 =
        targets.iter().filter_map(|target| target["percent"].as_i64()).fold(0, i64::wrapping_add);
    if sum != 100 {
        found.add(FieldErrors::one(format!("Traffic targets sum to {sum}, want 100"), &[""]));
    }
    found
}

fn of(target: &Value) -> FieldErrors {
    let set =
        ["configurationName", "url"].into_iter().filter(|field| !text(target, field).is_empty());
    FieldErrors::all([
        FieldErrors::disallowed(&set.collect::<Vec<_>>()),
        latest(target),
        within(target, "percent", 0, 100),
    ])
}

fn latest(target: &Value) -> FieldErrors {
    let name = text(target, "revisionName");
    match target["latestRevision"].as_bool() {
        Some(latest) if latest != name.is_empty() => FieldErrors::one(
            format!("may not set revisionName \"{name}\" when latestRevision is {latest}"),
            &["latestRevision"],
        ),
        _ => FieldErrors::none(),
    }
}

/// Knative puts the index behind the field here.
fn tag(target: &Value, index: usize) -> FieldErrors {
    let tag = text(target, "tag");
    match names::not_dns_1035(tag).filter(|_| !tag.is_empty()) {
        Some(why) => FieldErrors::invalid(format!("not a DNS 1035 label: {why}"), "")
            .via_index(index)
            .via("tag"),
        None => FieldErrors::none(),
    }
}

fn repeated(targets: &[Value], index: usize) -> FieldErrors {
    let tag = text(&targets[index], "tag");
    let first = targets[..index].iter().position(|earlier| text(earlier, "tag") == tag);
    match first.filter(|_| !tag.is_empty()) {
        Some(first) => {
            let paths = [format!("[{index}].tag"), format!("[{first}].tag")];
            FieldErrors::one(
                format!("Multiple definitions for \"{tag}\""),
                &paths.each_ref().map(String::as_str),
            )
        }
        None => FieldErrors::none(),
    }
}
