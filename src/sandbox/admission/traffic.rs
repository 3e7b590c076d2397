//! Which traffic blocks Knative takes.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::sandbox::Status;

const TAG_RULE: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and \
                        end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is \
                        '[a-z]([-a-z0-9]*[a-z0-9])?')";

/// Refuses percents that are not whole numbers; the webhook cannot even read those.
pub(super) fn decode(traffic: &Value) -> Result<(), Status> {
    let percents = traffic.as_array().into_iter().flatten().map(|target| &target["percent"]);
    let kind = |percent: &Value| match percent {
        Value::Number(number) if !number.is_i64() && !number.is_u64() => Some(format!("number {number}")),
        Value::String(_) => Some("string".to_owned()),
        Value::Bool(_) => Some("bool".to_owned()),
        Value::Number(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    match percents.into_iter().find_map(kind) {
        None => Ok(()),
        Some(what) => {
            let field = "Go struct field TrafficTarget.spec.RouteSpec.traffic.percent of type int64";
            Err(Status::denied("mutation", &format!("cannot decode incoming new object: json: cannot unmarshal {what} into {field}")))
        }
    }
}

/// Everything that is wrong with a traffic block.
pub(super) fn wrong(traffic: &Value) -> Vec<String> {
    let targets: Vec<_> = traffic.as_array().into_iter().flatten().collect();
    let mut wrong: Vec<_> = targets.iter().enumerate().flat_map(|(index, target)| wrong_target(index, target)).collect();
    wrong.extend(repeated_tags(&targets));
    let sum: i64 = targets.iter().filter_map(|target| target["percent"].as_i64()).sum();
    if sum != 100 {
        wrong.push(format!("Traffic targets sum to {sum}, want 100: spec.traffic"));
    }
    wrong
}

fn wrong_target(index: usize, target: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let name = target["revisionName"].as_str().unwrap_or_default();
    let latest = target["latestRevision"] == true;
    if latest != name.is_empty() {
        wrong.push(format!("may not set revisionName \"{name}\" when latestRevision is {latest}: spec.traffic[{index}].latestRevision"));
    }
    if let Some(percent) = target["percent"].as_i64().filter(|percent| !(0..=100).contains(percent)) {
        wrong.push(format!("expected 0 <= {percent} <= 100: spec.traffic[{index}].percent"));
    }
    if target["tag"].as_str().is_some_and(|tag| !tag.is_empty() && !is_dns_1035(tag)) {
        wrong.push(format!("invalid value: not a DNS 1035 label: [{TAG_RULE}]: spec.traffic.tag[{index}]"));
    }
    wrong
}

fn repeated_tags(targets: &[&Value]) -> Vec<String> {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (index, target) in targets.iter().enumerate() {
        if let Some(tag) = target["tag"].as_str().filter(|tag| !tag.is_empty()) {
            places.entry(tag).or_default().push(format!("spec.traffic[{index}].tag"));
        }
    }
    let repeated = places.into_iter().filter(|(_, places)| places.len() > 1);
    repeated.map(|(tag, places)| format!("Multiple definitions for \"{tag}\": {}", places.join(", "))).collect()
}

fn is_dns_1035(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && bytes.first().is_some_and(u8::is_ascii_lowercase)
        && bytes.last().is_some_and(|last| *last != b'-')
        && bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
}
