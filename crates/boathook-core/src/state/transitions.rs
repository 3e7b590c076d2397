//! Which event may follow on which state, and the state after it.

use jiff::Timestamp;

use crate::{
    deployment::Requester,
    record::{DeploymentEvent, Event, Failure, Outcome, Reason, StepEvent},
    rollout::{Action, Observations, Steering, Step},
    state::{Conclusion, IllegalEvent, Progress, Rollback, State, Undoes},
};

impl State {
    /// The state after one more event.
    pub fn apply(self, at: Timestamp, event: &Event) -> Result<Self, IllegalEvent> {
        let illegal = IllegalEvent::new(event.name(), self.name());
        match event {
            Event::Deployment(event) => self.after(at, event),
            Event::Step(event) => self.after_step(at, event),
            Event::Command(_) => self.runs_programs().then_some(self),
            Event::Promotion(_)
            | Event::Watch(_)
            | Event::Lock(_)
            | Event::Hold(_)
            | Event::Withdrawal(_) => None,
        }
        .ok_or(illegal)
    }

    fn after(self, at: Timestamp, event: &DeploymentEvent) -> Option<Self> {
        if self.waits() {
            return self.after_waiting(at, event);
        }
        match event {
            DeploymentEvent::Planned { plan } => {
                let Self::Planning(steering) = self else { return None };
                Some(Self::Deploying(Progress::start(plan, steering)))
            }
            DeploymentEvent::Steered { action, by } => self.steered(*action, by),
            DeploymentEvent::Ended { end, reason: _ } => {
                let Self::Closing(outcome) = self else { return None };
                (outcome.end == *end).then_some(Self::Ended(outcome))
            }
            DeploymentEvent::Accepted(_)
            | DeploymentEvent::Approved { .. }
            | DeploymentEvent::Rejected { .. }
            | DeploymentEvent::ApprovalExpired
            | DeploymentEvent::AwaitsWindow { .. }
            | DeploymentEvent::WindowOpened
            | DeploymentEvent::Overridden { .. }
            | DeploymentEvent::OverrideAcknowledged { .. }
            | DeploymentEvent::Started
            | DeploymentEvent::Superseded { .. }
            | DeploymentEvent::ImageWithdrawn { .. }
            | DeploymentEvent::Pruned { .. } => None,
        }
    }

    /// Once it has begun; a rollback can be taken over alone, and only once it failed.
    fn steered(self, action: Action, by: &Requester) -> Option<Self> {
        match self {
            Self::Planning(steering) => Some(Self::Planning(steering.after(action, by))),
            Self::Deploying(progress) => {
                let steering = progress.steering.clone().after(action, by);
                Some(Self::Deploying(Progress { steering, ..progress }))
            }
            Self::RollingBack(progress, rollback) => {
                let is_taken_over = action == Action::Abort && rollback.failed_rollback.is_some();
                is_taken_over.then(|| Self::RollingBack(progress, rollback.taken_over(by)))
            }
            Self::AwaitingApproval { .. }
            | Self::AwaitingWindow { .. }
            | Self::Queued
            | Self::Closing(_)
            | Self::Ended(_) => None,
        }
    }

    /// While it has not begun.
    fn after_waiting(self, at: Timestamp, event: &DeploymentEvent) -> Option<Self> {
        let closing = |end, reason| Some(Self::Closing(Conclusion::bare(end, reason)));
        match event {
            DeploymentEvent::Approved { by: _ } => {
                let Self::AwaitingApproval { until, missing } = self else { return None };
                (at < until).then(|| match missing.saturating_sub(1) {
                    0 => Self::Queued,
                    missing => Self::AwaitingApproval { until, missing },
                })
            }
            DeploymentEvent::Rejected { by } => {
                let Self::AwaitingApproval { .. } = self else { return None };
                closing(Outcome::Rejected, Reason::RejectedBy { by: by.clone() })
            }
            DeploymentEvent::ApprovalExpired => {
                let Self::AwaitingApproval { until, .. } = self else { return None };
                let expired = closing(Outcome::Rejected, Reason::ApprovalExpired { until });
                expired.filter(|_| at >= until)
            }
            DeploymentEvent::AwaitsWindow { opens_at, held } => {
                let (Self::AwaitingWindow { .. } | Self::Queued) = self else { return None };
                Some(Self::AwaitingWindow { opens_at: *opens_at, held: held.clone() })
            }
            DeploymentEvent::WindowOpened | DeploymentEvent::Overridden { .. } => {
                let Self::AwaitingWindow { .. } = self else { return None };
                Some(Self::Queued)
            }
            DeploymentEvent::Started => {
                let Self::Queued = self else { return None };
                Some(Self::Planning(Steering::default()))
            }
            DeploymentEvent::Superseded { by } => {
                closing(Outcome::Superseded, Reason::Superseded { by: by.clone() })
            }
            DeploymentEvent::ImageWithdrawn { reason } => {
                closing(Outcome::Rejected, reason.clone())
            }
            DeploymentEvent::Steered { action, by } => match action {
                Action::Abort => {
                    closing(Outcome::Aborted, Reason::AbortedBeforeStart { by: by.clone() })
                }
                Action::Pause | Action::Resume | Action::Promote | Action::PromoteFully => None,
            },
            DeploymentEvent::Pruned { end, reason } => {
                Some(Self::Ended(Conclusion::pruned(*end, reason.clone())))
            }
            DeploymentEvent::Accepted(_)
            | DeploymentEvent::OverrideAcknowledged { .. }
            | DeploymentEvent::Planned { .. }
            | DeploymentEvent::Ended { .. } => None,
        }
    }

    fn after_step(self, at: Timestamp, event: &StepEvent) -> Option<Self> {
        match self {
            Self::Planning(steering) => match event {
                StepEvent::StepLearned { finding: _ } => Some(Self::Planning(steering)),
                StepEvent::StepFailed { failure } => {
                    Some(Self::Closing(Conclusion::unplanned(failure)))
                }
                StepEvent::StepStarted { .. }
                | StepEvent::StepEnded { .. }
                | StepEvent::RollbackFailed { .. } => None,
            },
            Self::Deploying(progress) => progress.deploying(at, event),
            Self::RollingBack(progress, rollback) => progress.rolling_back(at, rollback, event),
            Self::AwaitingApproval { .. }
            | Self::AwaitingWindow { .. }
            | Self::Queued
            | Self::Closing(_)
            | Self::Ended(_) => None,
        }
    }

    const fn runs_programs(&self) -> bool {
        match self {
            Self::Planning(_) | Self::Deploying(_) | Self::RollingBack(..) | Self::Closing(_) => {
                true
            }
            Self::AwaitingApproval { .. }
            | Self::AwaitingWindow { .. }
            | Self::Queued
            | Self::Ended(_) => false,
        }
    }
}

impl Progress {
    fn deploying(self, at: Timestamp, event: &StepEvent) -> Option<State> {
        match event {
            StepEvent::StepStarted { step: _ } => (self.next < self.plan.steps.len())
                .then(|| State::Deploying(self.begin(at, |plan| &plan.steps))),
            StepEvent::StepLearned { finding } => Some(State::Deploying(self.learn([finding]))),
            StepEvent::StepEnded { findings } => {
                self.began.is_some().then(|| self.learn(findings).past_deployed())
            }
            StepEvent::StepFailed { failure } => Some(self.fail(failure)),
            StepEvent::RollbackFailed { reason: _ } => None,
        }
    }

    fn rolling_back(self, at: Timestamp, rollback: Rollback, event: &StepEvent) -> Option<State> {
        match event {
            StepEvent::StepStarted { step: _ } => (self.next < rollback.steps(&self.plan).len())
                .then(|| State::RollingBack(self.begin(at, |plan| &plan.rollback), rollback)),
            StepEvent::StepLearned { finding } => {
                Some(State::RollingBack(self.learn([finding]), rollback))
            }
            StepEvent::StepEnded { findings } => {
                self.began.is_some().then(|| self.learn(findings).past_undone(rollback))
            }
            StepEvent::RollbackFailed { reason } => {
                Some(State::RollingBack(self.rewound(), rollback.failed(at, reason)))
            }
            StepEvent::StepFailed { failure } => self.rollback_stopped(&rollback, failure),
        }
    }

    /// A rollback whose step fails is retried; only someone else's change or an operator stops it.
    fn rollback_stopped(self, rollback: &Rollback, failure: &Failure) -> Option<State> {
        let because = Box::new(rollback.explanation());
        match failure {
            Failure::Conflict { reason } => Some(self.close(
                Outcome::Aborted,
                Reason::RollbackConflict { because, found: reason.clone() },
            )),
            Failure::Aborted { by } => rollback.failed_rollback.is_some().then(|| {
                self.close(Outcome::Abandoned, Reason::Abandoned { because, by: by.clone() })
            }),
            Failure::Failed { .. } | Failure::Rejected { .. } => None,
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
        // An ordered rollback succeeds without the objects that it could not bring back.
        let reason = progress.findings.restored.shortfall().map(Reason::stated);
        State::Closing(Conclusion { end: Outcome::Succeeded, reason, findings: progress.findings })
    }

    fn past_undone(self, rollback: Rollback) -> State {
        let progress = self.past_step();
        if progress.next < rollback.steps(&progress.plan).len() {
            return State::RollingBack(progress, rollback);
        }
        let Observations { restored, unconfirmed, .. } = &progress.findings;
        let reason = match restored.shortfall() {
            Some(left) => Reason::ObjectsLeft { because: Box::new(rollback.explanation()), left },
            None => rollback.explanation(),
        };
        let reason = match unconfirmed.clone() {
            Some(unknown) => Reason::Unconfirmed { because: Box::new(reason), unknown },
            None => reason,
        };
        State::Closing(Conclusion {
            end: rollback.end,
            reason: Some(reason),
            findings: progress.findings,
        })
    }

    /// What was changed goes back: the service if there is something to go back to, and what was
    /// applied beside it.
    fn fail(self, failure: &Failure) -> State {
        let reason = failure.reason();
        let (end_undone, end_done) = match failure {
            Failure::Conflict { .. } | Failure::Aborted { .. } => {
                (Outcome::Aborted, Outcome::Aborted)
            }
            Failure::Failed { .. } => (Outcome::Failed, Outcome::RolledBack),
            Failure::Rejected { .. } => (Outcome::Rejected, Outcome::RolledBack),
        };
        let is_foreign = matches!(failure, Failure::Conflict { .. });
        let returns = self.touched && self.plan.rollback.iter().any(Step::changes_service);
        let (undoes, end, reason) = match (is_foreign, returns, self.touched) {
            (true, _, _) => (Undoes::Objects, end_undone, reason),
            (false, true, _) => (Undoes::Everything, end_done, reason),
            (false, false, true) => {
                let because = Box::new(reason);
                (Undoes::Objects, end_undone, Reason::NothingToRollBackTo { because })
            }
            (false, false, false) => {
                let because = Box::new(reason);
                (Undoes::Objects, end_undone, Reason::ServiceUnchanged { because })
            }
        };
        let has_objects = !self.findings.objects.is_empty() && self.plan.restores_objects();
        let has_any = has_objects || self.findings.has_open_job();
        if undoes == Undoes::Objects && !has_any {
            return self.close(end, reason);
        }
        State::RollingBack(self.rewound(), Rollback { end, reason, undoes, failed_rollback: None })
    }

    fn close(self, end: Outcome, reason: Reason) -> State {
        State::Closing(Conclusion { end, reason: Some(reason), findings: self.findings })
    }
}
