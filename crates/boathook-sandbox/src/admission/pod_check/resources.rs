//! Requests and limits of a container.

use serde_json::Value;

use crate::admission::quantity::Quantity;

/// Requests above their limits; for resources that cannot be overcommitted, requests that differ
/// from their limits.
pub(super) fn check(resources: &Value, path: &str) -> Vec<String> {
    let requests = resources["requests"].as_object().into_iter().flatten();
    let compared = requests.filter_map(|(name, request)| {
        let request = request.as_str()?;
        let limit = resources["limits"][name].as_str()?;
        let asked = Quantity::parse(request).ok()?.nanos();
        let most = Quantity::parse(limit).ok()?.nanos();
        let rule = if name.contains('/') { "equal to" } else { "less than or equal to" };
        let fits = if name.contains('/') { asked == most } else { asked <= most };
        (!fits).then(|| format!("{path}.requests: Invalid value: \"{request}\": must be {rule} {name} limit of {limit}"))
    });
    compared.collect()
}
