//! The steps of one deployment with their times, from its records.

use std::time::Duration;

use boathook_core::{
    deployment::Percent,
    record::{Event, Record, StepEvent},
    rollout::{Observation, Step, steps::Hold},
    state::{Rollback, State},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The step of a rollback that leaves the service as it is.
const OF_OBJECTS: &str = "restore_objects";

/// One step as shown to people and programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// The step's name.
    pub step: String,
    /// A short title for people.
    pub title: String,
    /// The list of the plan that holds it.
    pub direction: Direction,
    pub status: StepStatus,
    /// When it began for the first time.
    pub began_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// How long it took, once it has ended.
    pub duration_ms: Option<i64>,
    /// How long it stays at its share before it is judged, if it is a hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_ms: Option<u64>,
    /// The share of requests at which it stays, if it is a hold.
    #[serde(skip)]
    pub percent: Option<Percent>,
    /// Why it waits, waited to its end, or failed.
    pub reason: Option<String>,
    /// Whether that is what it waits for now.
    #[serde(skip)]
    pub(super) waits: bool,
}

/// The list of the plan that holds a step: rollout or rollback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Towards the candidate.
    Forward,
    /// Back to stable.
    Back,
}

/// A step's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// Its turn has not come.
    Pending,
    /// It is under way.
    Running,
    /// It ended well.
    Done,
    /// It failed.
    Failed,
    /// Its turn never came.
    Skipped,
}

/// The steps seen so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeline(Vec<StepView>);

impl Timeline {
    /// One more record, with the state before and after it.
    pub(in crate::journal) fn note(&mut self, record: &Record, before: &State, after: &State) {
        if let Some(plan) = record.event.plan() {
            self.0.extend(plan.steps.iter().map(|step| pending(step, Direction::Forward)));
        }
        if let Event::Step(event) = &record.event {
            self.note_step(record.at, event, before, after);
        }
        if let (State::Deploying(_), State::RollingBack(progress, rollback)) = (before, after) {
            let back = rollback.steps(&progress.plan).iter();
            self.0.extend(back.map(|step| pending(step, Direction::Back)));
        }
    }

    fn note_step(&mut self, at: Timestamp, event: &StepEvent, before: &State, after: &State) {
        match event {
            StepEvent::StepStarted { step: _ } => {
                if begins_again(before) {
                    self.clear_rollback();
                }
                self.begin(after.place(), at);
            }
            StepEvent::StepLearned { finding: Observation::Waiting(words) } => {
                if let Some(step) = self.first(|status| status == StepStatus::Running) {
                    step.reason = words.clone().or_else(|| waited(step));
                    step.waits = words.is_some();
                }
            }
            StepEvent::StepLearned { finding: _ } => {}
            StepEvent::StepEnded { findings: _ } => self.end(at, StepStatus::Done, None),
            StepEvent::StepFailed { failure: _ } => {
                self.end(at, StepStatus::Failed, event.failure());
                self.skip_pending();
            }
            StepEvent::RollbackFailed { reason: _ } => {
                self.end(at, StepStatus::Failed, event.failure())
            }
        }
    }

    /// A rollback that failed is walked again from its first step.
    fn clear_rollback(&mut self) {
        for step in self.0.iter_mut().filter(|step| step.direction == Direction::Back) {
            *step = StepView {
                status: StepStatus::Pending,
                began_at: None,
                ended_at: None,
                duration_ms: None,
                reason: None,
                waits: false,
                ..step.clone()
            };
        }
    }

    /// Whether every step back was taken, and they were about the service.
    pub(super) fn was_rolled_back(&self) -> bool {
        let back = || self.0.iter().filter(|step| step.direction == Direction::Back);
        back().any(|step| step.step != OF_OBJECTS)
            && back().all(|step| step.status == StepStatus::Done)
    }

    pub(super) fn into_steps(self) -> Vec<StepView> {
        self.0
    }

    /// A step that begins again after a restart has begun before. Those before it whose turn has
    /// not come were passed over.
    fn begin(&mut self, place: Option<usize>, at: Timestamp) {
        let Some((step, before)) =
            place.and_then(|place| self.0.get_mut(..=place)?.split_last_mut())
        else {
            return;
        };
        step.status = StepStatus::Running;
        step.began_at = step.began_at.or(Some(at));
        step.reason = None;
        step.waits = false;
        before
            .iter_mut()
            .filter(|step| step.status == StepStatus::Pending)
            .for_each(|step| step.status = StepStatus::Skipped);
    }

    fn end(&mut self, at: Timestamp, status: StepStatus, reason: Option<String>) {
        if let Some(step) = self.first(|status| status == StepStatus::Running) {
            step.status = status;
            step.ended_at = Some(at);
            step.duration_ms = step.began_at.map(|began| milliseconds(began, at));
            step.reason = if status == StepStatus::Done { waited(step) } else { reason };
            step.waits = false;
        }
    }

    fn skip_pending(&mut self) {
        for step in self.0.iter_mut().filter(|step| step.status == StepStatus::Pending) {
            step.status = StepStatus::Skipped;
        }
    }

    fn first(&mut self, wanted: impl Fn(StepStatus) -> bool) -> Option<&mut StepView> {
        self.0.iter_mut().find(|step| wanted(step.status))
    }
}

fn begins_again(state: &State) -> bool {
    matches!(state, State::RollingBack(progress, Rollback { failed_rollback: Some(_), .. }) if progress.is_at_the_start())
}

fn pending(step: &Step, direction: Direction) -> StepView {
    StepView {
        step: step.name().to_owned(),
        title: step.title(),
        direction,
        status: StepStatus::Pending,
        began_at: None,
        ended_at: None,
        duration_ms: None,
        hold_ms: hold(step).map(|hold| milliseconds_of(hold.duration)),
        percent: hold(step).map(|hold| hold.percent),
        reason: None,
        waits: false,
    }
}

/// What the step waited for, if it did.
fn waited(step: &StepView) -> Option<String> {
    let reason = step.reason.clone()?;
    Some(if step.waits { format!("waited: {reason}") } else { reason })
}

const fn hold(step: &Step) -> Option<&Hold> {
    if let Step::Hold(hold) = step { Some(hold) } else { None }
}

fn milliseconds_of(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn milliseconds(from: Timestamp, to: Timestamp) -> i64 {
    i64::try_from(to.duration_since(from).as_millis()).unwrap_or(i64::MAX)
}
