//! A deployment's progress through its plan.

use std::sync::Arc;

use jiff::Timestamp;

use crate::rollout::{Observation, Observations, Plan, Steering, Step};

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
        Self {
            plan: Arc::clone(plan),
            next: 0,
            began: None,
            touched: false,
            findings: Observations::default(),
            steering,
        }
    }

    pub(super) fn begin(mut self, at: Timestamp, list: impl Fn(&Plan) -> &Vec<Step>) -> Self {
        self.touched |= list(&self.plan)[self.next].changes_service();
        self.began = self.began.or(Some(at));
        self
    }

    pub(super) fn learn<'a>(mut self, findings: impl IntoIterator<Item = &'a Observation>) -> Self {
        findings.into_iter().for_each(|finding| self.findings.learn(finding));
        self
    }

    /// Whether no step of the list has begun.
    #[must_use]
    pub const fn is_at_the_start(&self) -> bool {
        self.next == 0 && self.began.is_none()
    }

    /// At the beginning of a list.
    pub(super) fn rewound(self) -> Self {
        Self { next: 0, began: None, ..self }
    }

    pub(super) fn past_step(self) -> Self {
        Self { next: self.next + 1, began: None, ..self }
    }
}
