//! A list in pages: `limit`, and `continue` with the token of the page before.

use serde_json::{Value, json};

use crate::{Cluster, Status, api_server::query::Query};

/// The page of a list that is asked for; a page after the first has the version of the first.
pub fn page(cluster: &Cluster, mut list: Value, query: &Query) -> Result<Value, Status> {
    let after = query.after.as_str();
    if !after.is_empty() {
        let (version, name) = parse(after)?;
        cluster.check_version(version)?;
        if let Some(items) = list["items"].as_array_mut() {
            items.retain(|item| name_of(item) > name);
        }
        list["metadata"]["resourceVersion"] = json!(version.to_string());
    }
    let version = list["metadata"]["resourceVersion"].as_str().unwrap_or_default().to_owned();
    if let (Some(limit @ 1..), Some(items)) = (query.limit, list["items"].as_array_mut())
        && items.len() > limit
    {
        let left = items.len() - limit;
        items.truncate(limit);
        let last = items.last().map(name_of).unwrap_or_default();
        list["metadata"]["continue"] = json!(format!("{version}:{last}"));
        list["metadata"]["remainingItemCount"] = json!(left);
    }
    Ok(list)
}

fn name_of(item: &Value) -> &str {
    item["metadata"]["name"].as_str().unwrap_or_default()
}

fn parse(token: &str) -> Result<(u64, &str), Status> {
    token
        .split_once(':')
        .and_then(|(version, name)| Some((version.parse().ok()?, name)))
        .ok_or_else(|| Status::bad_request("continue key is not valid".to_owned()))
}
