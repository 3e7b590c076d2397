//! Security contexts.

use serde_json::Value;

use crate::admission::{
    field_errors::FieldErrors,
    validate::set_fields::{items, only, within},
};

/// The highest id of a user or a group.
const HIGHEST_ID: i64 = i32::MAX as i64;

/// Knative takes no field of a pod's, unless its operator allows them.
pub(super) fn of_pod(context: &Value) -> FieldErrors {
    let ids = ["runAsUser", "runAsGroup", "fsGroup"]
        .into_iter()
        .map(|field| within(context, field, 0, HIGHEST_ID));
    let groups =
        items(context, "supplementalGroups").iter().enumerate().filter_map(|(index, group)| {
            let id = group.as_i64().filter(|id| !(0..=HIGHEST_ID).contains(id))?;
            Some(FieldErrors::out_of_bounds(
                id,
                0,
                HIGHEST_ID,
                &format!("supplementalGroups[{index}]"),
            ))
        });
    FieldErrors::all(ids.chain(groups).chain([only(context, &[])]))
}

/// A container's: it may be less privileged, never more.
pub(super) fn of_container(context: &Value) -> FieldErrors {
    let privileged = match context["privileged"].as_bool() {
        Some(true) => FieldErrors::disallowed(&["privileged"]),
        _ => FieldErrors::none(),
    };
    FieldErrors::all([
        privileged,
        only(&context["capabilities"], &["drop"]).via("capabilities"),
        within(context, "runAsUser", 0, HIGHEST_ID),
        within(context, "runAsGroup", 0, HIGHEST_ID),
    ])
}
