//! One case of `benches/time-to-cause.sh`: the kind, the seconds until the record names the cause,
//! and until the deployment ended; then what is wrong with it.

use std::{collections::BTreeSet, error::Error, path::PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use crate::recorded::{Change, Record, first, milliseconds, observations, read};

/// The label by which a pod names its revision.
const REVISION_UID: &str = "serving.knative.dev/revisionUID";
/// Reasons of events that say what is wrong.
const WARNINGS: [&str; 5] = ["FailedMount", "FailedCreate", "InternalError", "Failed", "Unhealthy"];

#[derive(clap::Args)]
pub struct TimeToCause {
    /// The kind, as the table calls it
    #[arg(long)]
    kind: String,
    /// What boathook must say
    #[arg(long)]
    pattern: String,
    /// The seconds within which it must say so
    #[arg(long)]
    limit: u32,
    /// The sender's last answer, as JSON
    #[arg(long)]
    answer: String,
    /// The deployment's records
    #[arg(long)]
    records: PathBuf,
    /// The changes of pods, events and the service, in order of time
    #[arg(long)]
    changes: PathBuf,
}

impl TimeToCause {
    pub fn run(self) -> Result<(), Box<dyn Error>> {
        let case = Case {
            answer: serde_json::from_str(&self.answer)?,
            records: read(&self.records)?,
            changes: read(&self.changes)?,
        };
        let shown = case.shown();
        let reported = case.reported(&self.pattern);
        let seconds = |at: Option<Timestamp>| match (shown, at) {
            (Some(shown), Some(at)) => format!("{:.1}", milliseconds(shown, at) / 1e3),
            _ => "-".to_owned(),
        };
        let status = text(&case.answer["status"]);
        let reason = text(&case.answer["reason"]);
        let ended = first(&case.records, "step_failed");
        println!("{:28} {:>8} {:>8}  {status}", self.kind, seconds(reported), seconds(ended));
        let problem = match (shown, reported.filter(|_| says(reason, &self.pattern))) {
            (_, None) => {
                format!("ended {status}, and what was to be named is {}: {reason}", self.pattern)
            }
            (None, Some(_)) => {
                "nothing in the cluster showed the cause, so how soon it was reported is unknown"
                    .to_owned()
            }
            (Some(shown), Some(at)) if milliseconds(shown, at) > f64::from(self.limit) * 1e3 => {
                format!("reported after {} s", seconds(reported))
            }
            (Some(_), Some(_)) => return Ok(()),
        };
        println!("BAD {}: {problem}", self.kind);
        Ok(())
    }
}

struct Case {
    answer: Value,
    records: Vec<Record>,
    changes: Vec<Change>,
}

impl Case {
    /// When something in the cluster first showed that something is wrong with this deployment.
    fn shown(&self) -> Option<Timestamp> {
        let pods = self.pods();
        let mut all = self.changes.iter();
        all.find(|change| self.is_its_own(change, &pods) && shows_trouble(&change.object))
            .map(|change| change.at)
    }

    /// When the record first said so.
    fn reported(&self, pattern: &str) -> Option<Timestamp> {
        let learns = |record: &Record| record.is("step_learned") || record.is("step_failed");
        self.records
            .iter()
            .find(|record| learns(record) && says(&record.event.to_string(), pattern))
            .map(|record| record.at)
    }

    /// Objects of an earlier case may still be ending, and may have had the same revision's name.
    fn is_new(&self, object: &Value) -> bool {
        let created = object["metadata"]["creationTimestamp"].as_str();
        let created = created.and_then(|text| text.parse::<Timestamp>().ok());
        let begun = self.records.first().map(|record| record.at.as_second());
        created.map(Timestamp::as_second) >= begun
    }

    /// The names of the new revision's pods.
    fn pods(&self) -> BTreeSet<&str> {
        let uid = observations(&self.records, "candidate").next();
        let uid = uid.map_or(&Value::Null, |(_, candidate)| &candidate["uid"]);
        let is_of_it = |pod: &Value| {
            let label = &pod["metadata"]["labels"][REVISION_UID];
            label.is_null() || label == uid
        };
        self.changes
            .iter()
            .filter(|change| change.object["kind"] == "Pod" && self.is_new(&change.object))
            .filter(|change| is_of_it(&change.object))
            .map(|change| change.name.as_str())
            .collect()
    }

    /// Whether the change is the service's, or the new revision's, its pods' or replica sets'.
    fn is_its_own(&self, change: &Change, pods: &BTreeSet<&str>) -> bool {
        let object = &change.object;
        if object.is_null() {
            return false;
        }
        if object["kind"] == "Service" {
            return true;
        }
        let about = &object["involvedObject"];
        let kind = about["kind"].as_str().or(object["kind"].as_str());
        let name = about["name"].as_str().unwrap_or(&change.name);
        let candidate = text(&self.answer["candidate"]);
        let is_of_candidate = candidate.is_empty()
            || name
                .strip_prefix(candidate)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        self.is_new(object) && (kind != Some("Pod") || pods.contains(name)) && is_of_candidate
    }
}

/// A container that waits for a reason or has ended, a condition that names one, a warning.
fn shows_trouble(object: &Value) -> bool {
    let status = &object["status"];
    let all = |list: &str| status[list].as_array().cloned().unwrap_or_default();
    let is_waiting = |container: &Value| {
        let reason = container["state"]["waiting"]["reason"].as_str();
        reason.is_some_and(|reason| reason != "ContainerCreating")
            || !container["state"]["terminated"].is_null()
    };
    let is_stuck = |condition: &Value| {
        matches!(condition["reason"].as_str(), Some("Unschedulable" | "NotOwned"))
    };
    all("containerStatuses").iter().any(is_waiting)
        || all("conditions").iter().any(is_stuck)
        || object["type"] == "Warning"
            && object["reason"].as_str().is_some_and(|reason| WARNINGS.contains(&reason))
}

/// Whether a text has the pattern, whatever is escaped in either.
fn says(text: &str, pattern: &str) -> bool {
    let plain = |text: &str| text.replace('\\', "");
    plain(text).contains(&plain(pattern))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
