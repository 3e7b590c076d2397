//! From the moment when the cluster showed something to the moment when boathook acted on it.

use std::{error::Error, path::PathBuf};

use clap::ValueEnum;
use jiff::Timestamp;
use serde_json::Value;

use crate::recorded::{Change, Record, first, milliseconds, observations, read};

/// The steps that wait until status shows the traffic that they set.
const AWAITING_TRAFFIC: [&str; 3] = ["tag_candidate", "shift_traffic", "pin_traffic"];

#[derive(clap::Args)]
pub struct ReactionTimes {
    /// What is looked for
    #[arg(long)]
    kind: Kind,
    /// The deployment's records
    #[arg(long)]
    records: PathBuf,
    /// The changes of the service
    #[arg(long)]
    service: PathBuf,
    /// The changes of the candidate's pods
    #[arg(long)]
    pods: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// The candidate is Ready, until the next patch
    Ready,
    /// Traffic is as a step set it, until the step ends
    TrafficShown,
    /// The service failed, until the rollback's patch
    ServiceFailed,
    /// A pod crashed while the candidate was awaited, until the rollback's patch
    CrashedWhileAwaited,
    /// A pod crashed in a hold, until the rollback's patch
    CrashedWhileHeld,
}

impl Kind {
    const fn title(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::TrafficShown => "traffic shown",
            Self::ServiceFailed => "service failed",
            Self::CrashedWhileAwaited => "crashed while awaited",
            Self::CrashedWhileHeld => "crashed while held",
        }
    }
}

impl ReactionTimes {
    pub fn run(self) -> Result<(), Box<dyn Error>> {
        let deployment = Deployment {
            records: read(&self.records)?,
            service: read(&self.service)?,
            pods: read(&self.pods)?,
        };
        for times in deployment.times(self.kind)? {
            println!("{}\t{}", self.kind.title(), times.join("\t"));
        }
        Ok(())
    }
}

struct Deployment {
    records: Vec<Record>,
    service: Vec<Change>,
    pods: Vec<Change>,
}

struct Step<'a> {
    name: &'a str,
    began: Timestamp,
    ended: Option<Timestamp>,
}

impl Deployment {
    /// A row for each time that it happened: milliseconds until boathook's record says that it acts,
    /// and, for a patch, until the cluster had it; empty where it never had.
    fn times(&self, kind: Kind) -> Result<Vec<Vec<String>>, Box<dyn Error>> {
        let (at, decided) = match kind {
            Kind::TrafficShown => return Ok(self.traffic_shown()),
            Kind::Ready => (self.ready(), self.step_ended("await_ready")),
            Kind::ServiceFailed => (self.service_failed(), first(&self.records, "step_failed")),
            Kind::CrashedWhileAwaited | Kind::CrashedWhileHeld => {
                (self.crashed(), first(&self.records, "step_failed"))
            }
        };
        let at = at.ok_or_else(|| format!("the cluster never showed \"{}\"", kind.title()))?;
        let decided = decided.ok_or("the record does not say that boathook acted on it")?;
        let patch = self.patch_after(decided);
        let change = patch.and_then(|patch| self.change_after(patch));
        let shown = |moment: Option<Timestamp>| {
            moment.map_or_else(String::new, |moment| format!("{:.0}", milliseconds(at, moment)))
        };
        Ok(vec![vec![shown(patch), shown(change)]])
    }

    /// The next patch on record; it is there before kubectl starts.
    fn patch_after(&self, at: Timestamp) -> Option<Timestamp> {
        let is_patch =
            |record: &Record| record.is("command_started") && record.event["argv"][1] == "patch";
        self.records
            .iter()
            .find(|record| record.at >= at && is_patch(record))
            .map(|record| record.at)
    }

    /// The next generation, which is a patch's effect.
    fn change_after(&self, at: Timestamp) -> Option<Timestamp> {
        let before = self.service.iter().rfind(|change| change.at <= at)?.generation();
        self.service
            .iter()
            .find(|change| change.at >= at && change.generation() > before)
            .map(|change| change.at)
    }

    fn ready(&self) -> Option<Timestamp> {
        let (_, candidate) = observations(&self.records, "candidate").next()?;
        let is_candidate = |change: &Change| {
            change.object["status"]["latestReadyRevisionName"] == candidate["name"]
        };
        self.service
            .iter()
            .find(|change| change.is_ready() && is_candidate(change))
            .map(|change| change.at)
    }

    /// By the condition alone: Knative observes no generation whose revision failed.
    fn service_failed(&self) -> Option<Timestamp> {
        self.service
            .iter()
            .find(|change| change.condition("ConfigurationsReady") == Some("False"))
            .map(|change| change.at)
    }

    fn crashed(&self) -> Option<Timestamp> {
        let failed =
            |state: &Value| state["terminated"].is_object() && state["terminated"]["exitCode"] != 0;
        let has_crashed = |pod: &Change| {
            pod.container_statuses()
                .any(|status| failed(&status["state"]) || failed(&status["lastState"]))
        };
        self.pods.iter().find(|pod| has_crashed(pod)).map(|pod| pod.at)
    }

    fn step_ended(&self, name: &str) -> Option<Timestamp> {
        self.steps().into_iter().find(|step| step.name == name)?.ended
    }

    fn steps(&self) -> Vec<Step<'_>> {
        let mut steps = Vec::<Step<'_>>::new();
        for record in &self.records {
            if let Some(name) = record.event["step"].as_str().filter(|_| record.is("step_started"))
            {
                steps.push(Step { name, began: record.at, ended: None });
            } else if (record.is("step_ended") || record.is("step_failed"))
                && let Some(step) = steps.last_mut()
            {
                step.ended.get_or_insert(record.at);
            }
        }
        steps
    }

    /// For each step that waits for traffic: how long after status first showed what it set it
    /// ended. What an earlier step set may still be shown after it began: the step's own patch made
    /// a generation, which is on record.
    fn traffic_shown(&self) -> Vec<Vec<String>> {
        let steps = self.steps().into_iter().filter(|step| AWAITING_TRAFFIC.contains(&step.name));
        steps
            .filter_map(|step| {
                let ended = step.ended?;
                let (_, made) = observations(&self.records, "generation")
                    .rfind(|(at, _)| (step.began..=ended).contains(at))?;
                let shown = self.service.iter().find(|change| {
                    change.is_ready()
                        && change.generation() == made.as_i64()
                        && targets(&change.object["spec"]) == targets(&change.object["status"])
                })?;
                Some(vec![format!("{:.0}", milliseconds(shown.at, ended))])
            })
            .collect()
    }
}

/// Revision, percentage and tag of each target of traffic.
fn targets(of: &Value) -> Vec<(&Value, f64, &Value)> {
    let targets = of["traffic"].as_array().into_iter().flatten();
    targets
        .map(|target| {
            let percent = target["percent"].as_f64().unwrap_or(0.0);
            (&target["revisionName"], percent, &target["tag"])
        })
        .collect()
}
