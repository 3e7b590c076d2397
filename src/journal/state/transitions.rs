//! Which event may follow on which state, and the state after it.

use boathook_core::rollout::{Action, Steering, Step};
use jiff::Timestamp;

use crate::journal::{
    Conclusion, Event, Failure, IllegalEvent, Outcome, Progress, Reason, Rollback, State,
};

impl State {
    /// The state after one more event.
    pub fn apply(self, at: Timestamp, event: &Event) -> Result<Self, IllegalEvent> {
        match (self, event) {
            (Self::AwaitingApproval { until }, Event::Approved { .. }) if at < until => {
                Ok(Self::Queued)
            }
            (Self::AwaitingApproval { .. }, Event::Rejected { by, note }) => {
                Ok(Self::Closing(Conclusion::bare(
                    Outcome::Rejected,
                    Reason::RejectedBy { user: by.clone(), note: note.clone() },
                )))
            }
            (Self::AwaitingApproval { until }, Event::ApprovalExpired) if at >= until => {
                Ok(Self::Closing(Conclusion::bare(
                    Outcome::Rejected,
                    Reason::ApprovalExpired { until },
                )))
            }
            (Self::Queued, Event::Started) => Ok(Self::Planning(Steering::default())),
            (Self::AwaitingApproval { .. } | Self::Queued, Event::Superseded { by }) => {
                Ok(Self::Closing(Conclusion::bare(
                    Outcome::Superseded,
                    Reason::Superseded { by: by.clone() },
                )))
            }
            (
                Self::AwaitingApproval { .. } | Self::Queued,
                Event::Steered { action: Action::Abort, by },
            ) => Ok(Self::Closing(Conclusion::bare(
                Outcome::Aborted,
                Reason::AbortedBeforeStart { by: by.clone() },
            ))),
            (Self::Planning(steering), Event::Planned { plan }) => {
                Ok(Self::Deploying(Progress::start(plan, steering)))
            }
            (Self::Planning(steering), Event::Steered { action, by }) => {
                Ok(Self::Planning(steering.after(*action, by)))
            }
            (Self::Planning(_), Event::StepFailed { failure }) => {
                Ok(Self::Closing(Conclusion::unplanned(failure)))
            }
            (Self::Deploying(progress), event) => progress.deploying(at, event),
            (Self::RollingBack(progress, rollback), event) => {
                progress.rolling_back(at, rollback, event)
            }
            (Self::Closing(outcome), Event::Ended { end, reason: _ }) if outcome.end == *end => {
                Ok(Self::Ended(outcome))
            }
            (Self::AwaitingApproval { .. } | Self::Queued, Event::Pruned { end, reason }) => {
                Ok(Self::Ended(Conclusion::pruned(*end, reason.clone())))
            }
            (
                state @ (Self::Planning(_) | Self::Closing(_)),
                Event::CommandStarted { .. } | Event::CommandEnded { .. },
            ) => Ok(state),
            (state, event) => Err(IllegalEvent { event: event.name(), state: state.name() }),
        }
    }
}

impl Progress {
    pub(in crate::journal) fn deploying(
        self,
        at: Timestamp,
        event: &Event,
    ) -> Result<State, IllegalEvent> {
        match event {
            Event::StepStarted { step: _ } if self.next < self.plan.steps.len() => {
                Ok(State::Deploying(self.begin(at, |plan| &plan.steps)))
            }
            Event::StepLearned { finding } => Ok(State::Deploying(self.learn([finding]))),
            Event::StepEnded { findings } if self.began.is_some() => {
                Ok(self.learn(findings).past_deployed())
            }
            Event::StepFailed { failure } => Ok(self.fail(failure)),
            Event::Steered { action, by } => {
                let steering = self.steering.clone().after(*action, by);
                Ok(State::Deploying(Self { steering, ..self }))
            }
            Event::CommandStarted { .. } | Event::CommandEnded { .. } => Ok(State::Deploying(self)),
            other => Err(IllegalEvent { event: other.name(), state: "deploying" }),
        }
    }

    pub(in crate::journal) fn rolling_back(
        self,
        at: Timestamp,
        rollback: Rollback,
        event: &Event,
    ) -> Result<State, IllegalEvent> {
        match event {
            Event::StepStarted { step: _ } if self.next < self.plan.rollback.len() => {
                Ok(State::RollingBack(self.begin(at, |plan| &plan.rollback), rollback))
            }
            Event::StepLearned { finding } => {
                Ok(State::RollingBack(self.learn([finding]), rollback))
            }
            Event::StepEnded { findings } if self.began.is_some() => {
                Ok(self.learn(findings).past_undone(rollback))
            }
            Event::RollbackFailed { reason } => {
                Ok(State::RollingBack(self.rewound(), rollback.failed(at, reason)))
            }
            Event::StepFailed { failure: Failure::Conflict { reason } } => {
                let because = Box::new(rollback.explanation());
                Ok(self.close(
                    Outcome::Aborted,
                    Reason::RollbackConflict { because, found: reason.clone() },
                ))
            }
            Event::StepFailed { failure: Failure::Aborted { by } }
                if rollback.failed_rollback.is_some() =>
            {
                Ok(self.close(
                    Outcome::Abandoned,
                    Reason::Abandoned { because: Box::new(rollback.explanation()), by: by.clone() },
                ))
            }
            Event::Steered { action: Action::Abort, by } if rollback.failed_rollback.is_some() => {
                Ok(State::RollingBack(self, rollback.taken_over(by)))
            }
            Event::CommandStarted { .. } | Event::CommandEnded { .. } => {
                Ok(State::RollingBack(self, rollback))
            }
            other => Err(IllegalEvent { event: other.name(), state: rollback.status().name() }),
        }
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
        State::Closing(Conclusion {
            end: Outcome::Succeeded,
            reason: None,
            findings: progress.findings,
        })
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
        State::Closing(Conclusion {
            end: rollback.end,
            reason: Some(reason),
            findings: progress.findings,
        })
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
            return self
                .close(end_undone, Reason::NothingToRollBackTo { because: Box::new(reason) });
        }
        State::RollingBack(
            self.rewound(),
            Rollback { end: end_done, reason, failed_rollback: None },
        )
    }

    fn close(self, end: Outcome, reason: Reason) -> State {
        State::Closing(Conclusion { end, reason: Some(reason), findings: self.findings })
    }
}
