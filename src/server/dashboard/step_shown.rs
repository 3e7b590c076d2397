//! The steps of a deployment as its pages list them, and what is read aloud of them.

use jiff::Timestamp;

use crate::{
    journal::{DeploymentView, StepView, status_words},
    server::dashboard::{parts::Cut, standing::Hold},
};

/// One step.
pub struct StepShown<'a> {
    pub id: String,
    pub view: &'a StepView,
    pub hold: Option<Hold>,
}

impl<'a> StepShown<'a> {
    pub fn of(view: &'a DeploymentView, now: Timestamp) -> Vec<Self> {
        let step = |(place, step)| Self {
            id: format!("step-{place}"),
            view: step,
            hold: Hold::of(step, view.paused, now),
        };
        view.steps.iter().enumerate().map(step).collect()
    }

    pub fn title(&self) -> Cut {
        Cut::title(&self.view.title)
    }
}

/// What is read aloud: the status, and the last step that began.
pub fn announcement(view: &DeploymentView) -> String {
    let step = view.steps.iter().rfind(|step| step.began_at.is_some());
    let step = step.map(|step| format!(", {}", step.title)).unwrap_or_default();
    status_words(view.status, view.paused) + &step
}
