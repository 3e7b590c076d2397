//! What became of services and revisions in the simulated cluster, from its own log, which forgets.

use std::{collections::BTreeMap, error::Error, time::Duration};

use reqwest::{Client, Url};
use serde_json::Value;
use tokio::time::sleep;

use crate::{
    failover::evidence::{Change, Lines},
    recorded,
};

const PAUSE: Duration = Duration::from_secs(5);
const KINDS: [(&str, &str); 2] = [
    ("service", "changes/services.serving.knative.dev"),
    ("revision", "changes/revisions.serving.knative.dev"),
];

/// Reads it again and again until it is stopped.
pub async fn watch(client: Client, control: Url, lines: Lines) -> Result<(), Box<dyn Error>> {
    let mut latest = BTreeMap::new();
    loop {
        for (kind, path) in KINDS {
            let changes = client.get(control.join(path)?).send().await?.text().await?;
            let changes: Vec<recorded::Change> = serde_json::from_str(&changes)?;
            let seen = latest.entry(kind).or_default();
            for change in changes {
                let version = version(&change.object);
                if version > *seen {
                    *seen = version;
                    lines.add(&written(kind, &change))?;
                }
            }
        }
        sleep(PAUSE).await;
    }
}

/// Higher with each change; 0 where the object is gone.
fn version(object: &Value) -> u64 {
    let version = object["metadata"]["resourceVersion"].as_str();
    version.and_then(|version| version.parse().ok()).unwrap_or_default()
}

fn written(kind: &str, change: &recorded::Change) -> Change {
    let metadata = &change.object["metadata"];
    let of_template = &change.object["spec"]["template"]["metadata"];
    let labelled = if kind == "service" { of_template } else { metadata };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Change {
        at: change.at,
        kind: kind.to_owned(),
        name: change.name.clone(),
        uid: text(&metadata["uid"]).unwrap_or_default(),
        generation: change.generation().unwrap_or_default(),
        by: text(&metadata["annotations"]["serving.knative.dev/lastModifier"]),
        deployment: text(&labelled["labels"]["boathook.dev/deployment"]),
    }
}
