//! A deployment's progress through its plan, and how each event advances it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    journal::{Conclusion, Event, Failure, IllegalEvent, Outcome, Reason, RollbackFailure, State},
    plan::{Action, Observation, Observations, Plan, Steering, Step},
};

/// Why it rolls back, and the outcome that will have.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollback {
    /// Rolled back, or aborted by an operator.
    pub end: Outcome,
    pub reason: Reason,
    /// The failure of the rollback, if it failed.
    pub failed_rollback: Option<RollbackFailure>,
}

/// The progress in a list of steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    pub plan: Arc<Plan>,
    /// The index of the next step, or of the one under way.
    pub next: usize,
    /// When the current step first began; none between steps.
    pub began: Option<Timestamp>,
    /// Whether a step that changes the service has begun.
    pub touched: bool,
    /// What the steps learned.
    pub findings: Observations,
    /// Operators' commands for it.
    pub steering: Steering,
}

impl Progress {
    pub(super) fn start(plan: &Arc<Plan>, steering: Steering) -> Self {
        Self { plan: Arc::clone(plan), next: 0, began: None, touched: false, findings: Observations::default(), steering }
    }

    pub(super) fn deploying(self, at: Timestamp, event: &Event) -> Result<State, IllegalEvent> {
        match event {
            Event::StepStarted { step: _ } if self.next < self.plan.steps.len() => Ok(State::Deploying(self.begin(at, |plan| &plan.steps))),
            Event::StepLearned { finding } => Ok(State::Deploying(self.learn([finding]))),
            Event::StepEnded { findings } if self.began.is_some() => Ok(self.learn(findings).past_deployed()),
            Event::StepFailed { failure } => Ok(self.fail(failure)),
            Event::Steered { action, by } => {
                let steering = self.steering.clone().after(*action, by);
                Ok(State::Deploying(Self { steering, ..self }))
            }
            Event::CommandStarted { .. } | Event::CommandEnded { .. } => Ok(State::Deploying(self)),
            other => Err(IllegalEvent { event: other.name(), state: "deploying" }),
        }
    }

    pub(super) fn rolling_back(self, at: Timestamp, rollback: Rollback, event: &Event) -> Result<State, IllegalEvent> {
        match event {
            Event::StepStarted { step: _ } if self.next < self.plan.rollback.len() => {
                Ok(State::RollingBack(self.begin(at, |plan| &plan.rollback), rollback))
            }
            Event::StepLearned { finding } => Ok(State::RollingBack(self.learn([finding]), rollback)),
            Event::StepEnded { findings } if self.began.is_some() => Ok(self.learn(findings).past_undone(rollback)),
            Event::RollbackFailed { reason } => Ok(State::RollingBack(self.rewound(), rollback.failed(at, reason))),
            Event::StepFailed { failure: Failure::Conflict { reason } } => {
                let because = Box::new(rollback.explanation());
                Ok(self.close(Outcome::Aborted, Reason::RollbackConflict { because, found: reason.clone() }))
            }
            Event::StepFailed { failure: Failure::Aborted { by } } if rollback.failed_rollback.is_some() => {
                Ok(self.close(Outcome::Abandoned, Reason::Abandoned { because: Box::new(rollback.explanation()), by: by.clone() }))
            }
            Event::Steered { action: Action::Abort, by } if rollback.failed_rollback.is_some() => {
                Ok(State::RollingBack(self, rollback.taken_over(by)))
            }
            Event::CommandStarted { .. } | Event::CommandEnded { .. } => Ok(State::RollingBack(self, rollback)),
            other => Err(IllegalEvent { event: other.name(), state: rollback.status().name() }),
        }
    }

    fn begin(mut self, at: Timestamp, list: impl Fn(&Plan) -> &Vec<Step>) -> Self {
        self.touched |= list(&self.plan)[self.next].changes_service();
        self.began = self.began.or(Some(at));
        self
    }

    fn learn<'a>(mut self, findings: impl IntoIterator<Item = &'a Observation>) -> Self {
        findings.into_iter().for_each(|finding| self.findings.learn(finding));
        self
    }

    /// Whether no step of the list has begun.
    #[must_use]
    pub const fn is_at_the_start(&self) -> bool {
        self.next == 0 && self.began.is_none()
    }

    /// At the beginning of a list.
    fn rewound(self) -> Self {
        Self { next: 0, began: None, ..self }
    }

    fn past_step(self) -> Self {
        Self { next: self.next + 1, began: None, ..self }
    }

    fn past_deployed(self) -> State {
        let was_hold = matches!(self.plan.steps[self.next], Step::Hold(_));
        let mut progress = self.past_step();
        if was_hold {
            progress.steering = progress.steering.past_hold();
        }
        if progress.steering.straight_to_full {
            progress.next = progress.plan.past_lesser_stages(progress.next);
        }
        if progress.next < progress.plan.steps.len() {
            return State::Deploying(progress);
        }
        // An abort that arrives while the last step ends counts like any other.
        if let Some(by) = &progress.steering.aborted {
            let failure = Failure::Aborted { by: by.clone() };
            return progress.fail(&failure);
        }
        State::Closing(Conclusion { end: Outcome::Succeeded, reason: None, findings: progress.findings })
    }

    fn past_undone(self, rollback: Rollback) -> State {
        let progress = self.past_step();
        if progress.next < progress.plan.rollback.len() {
            return State::RollingBack(progress, rollback);
        }
        let unconfirmed = progress.findings.unconfirmed.clone();
        let because = rollback.explanation();
        let reason = match unconfirmed {
            Some(unknown) => Reason::Unconfirmed { because: Box::new(because), unknown },
            None => because,
        };
        State::Closing(Conclusion { end: rollback.end, reason: Some(reason), findings: progress.findings })
    }

    fn fail(self, failure: &Failure) -> State {
        let reason = failure.reason();
        let (end_undone, end_done) = match failure {
            Failure::Conflict { .. } => return self.close(Outcome::Aborted, reason),
            Failure::Aborted { .. } => (Outcome::Aborted, Outcome::Aborted),
            Failure::Failed { .. } => (Outcome::Failed, Outcome::RolledBack),
            Failure::Rejected { .. } => (Outcome::Rejected, Outcome::RolledBack),
        };
        if !self.touched {
            return self.close(end_undone, Reason::ServiceUnchanged { because: Box::new(reason) });
        }
        if self.plan.rollback.is_empty() {
            return self.close(end_undone, Reason::NothingToRollBackTo { because: Box::new(reason) });
        }
        State::RollingBack(self.rewound(), Rollback { end: end_done, reason, failed_rollback: None })
    }

    fn close(self, end: Outcome, reason: Reason) -> State {
        State::Closing(Conclusion { end, reason: Some(reason), findings: self.findings })
    }
}
