//! What `boathook commands --json` prints of a deployment, and what a watch beside boathook's, or the
//! simulated cluster, says of objects that changed.

use std::{error::Error, fs::File, io::BufReader, path::Path};

use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

/// One record of a deployment.
#[derive(Deserialize)]
pub struct Record {
    pub at: Timestamp,
    pub event: Value,
}

impl Record {
    pub fn is(&self, kind: &str) -> bool {
        self.event["type"] == kind
    }
}

/// One change of an object in the cluster.
#[derive(Deserialize)]
pub struct Change {
    pub at: Timestamp,
    #[serde(default)]
    pub name: String,
    /// The object after it; null where it was deleted.
    #[serde(default)]
    pub object: Value,
}

impl Change {
    /// The status of a condition, such as `True`.
    pub fn condition(&self, kind: &str) -> Option<&str> {
        let conditions = self.object["status"]["conditions"].as_array()?;
        conditions.iter().find(|condition| condition["type"] == kind)?["status"].as_str()
    }

    /// Whether the service is Ready, by a status that is of its present generation.
    pub fn is_ready(&self) -> bool {
        self.generation().is_some()
            && self.object["status"]["observedGeneration"].as_i64() == self.generation()
            && self.condition("Ready") == Some("True")
    }

    pub fn generation(&self) -> Option<i64> {
        self.object["metadata"]["generation"].as_i64()
    }

    pub fn container_statuses(&self) -> impl Iterator<Item = &Value> {
        self.object["status"]["containerStatuses"].as_array().into_iter().flatten()
    }
}

/// A JSON file, such as a list of records.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Box<dyn Error>> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_reader(BufReader::new(file))
        .map_err(|error| format!("{}: {error}", path.display()).into())
}

/// What the deployment observed under this name, in order.
pub fn observations<'a>(
    records: &'a [Record],
    name: &'a str,
) -> impl DoubleEndedIterator<Item = (Timestamp, &'a Value)> {
    records.iter().flat_map(move |record| {
        let one = record.event.get("finding").into_iter();
        let all = one.chain(record.event["findings"].as_array().into_iter().flatten());
        all.filter(|found| found["finding"] == name)
            .map(|found| (record.at, &found["is"]))
            .collect::<Vec<_>>()
    })
}

/// When a record of this kind was first written.
pub fn first(records: &[Record], kind: &str) -> Option<Timestamp> {
    records.iter().find(|record| record.is(kind)).map(|record| record.at)
}

/// Milliseconds from one moment to another, and 0 where a slower watch saw the first later.
pub fn milliseconds(from: Timestamp, to: Timestamp) -> f64 {
    (to.duration_since(from).as_secs_f64() * 1e3).max(0.0)
}
