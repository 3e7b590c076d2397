//! A deployment in words: what every command and page says of its status, its steps and its times.
//! It escapes nothing: terminal and pages do that, each in its own way.

use boathook_core::record::Status;

use crate::journal::{DeploymentView, Direction, StepStatus, StepView};

impl StepStatus {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

impl StepView {
    /// What comes before its title.
    #[must_use]
    pub const fn mark(&self) -> &'static str {
        match self.direction {
            Direction::Forward => "",
            Direction::Back => "Back: ",
        }
    }

    /// How long it took; empty until it has ended.
    #[must_use]
    pub fn took(&self) -> String {
        self.duration_ms.map(|took| seconds(took.unsigned_abs())).unwrap_or_default()
    }
}

impl DeploymentView {
    /// The service, and where it is.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}/{} in {}", self.namespace, self.service_name, self.environment)
    }

    /// What it is and how it stands: the title of its pages.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}: {}", status_words(self.status, self.paused), self.place())
    }

    /// The step under way; none between steps.
    #[must_use]
    pub fn running(&self) -> Option<&StepView> {
        self.steps.iter().find(|step| step.status == StepStatus::Running)
    }

    /// The step under way with its number in its list and how many that list has.
    #[must_use]
    pub fn progress(&self) -> Option<(&StepView, usize, usize)> {
        let running = self.running()?;
        let of_its_list = || self.steps.iter().filter(|step| step.direction == running.direction);
        let number = of_its_list().take_while(|step| *step != running).count() + 1;
        Some((running, number, of_its_list().count()))
    }

    /// What a person has to do; nothing if boathook goes on by itself.
    #[must_use]
    pub fn to_do(&self) -> Option<String> {
        let id = &self.id;
        match self.status {
            Status::AwaitingApproval => {
                let who = match (self.approvals_needed, self.approvals_missing()) {
                    (1, _) => "an operator approves".to_owned(),
                    (_, 1) => "one more operator approves".to_owned(),
                    (_, missing) => format!("{missing} operators approve"),
                };
                Some(format!("{who} it on the node: boathook approve {id}"))
            }
            Status::RollbackFailed => {
                Some("an operator is needed; boathook keeps retrying".to_owned())
            }
            _ if self.paused => Some(format!("an operator resumes it: boathook resume {id}")),
            Status::AwaitingWindow
            | Status::Queued
            | Status::Planning
            | Status::Deploying
            | Status::RollingBack
            | Status::Closing
            | Status::Ended(_) => None,
        }
    }
}

/// A deployment's status as people write it.
#[must_use]
pub fn status_words(status: Status, paused: bool) -> String {
    status.words() + if paused { ", paused" } else { "" }
}

/// Milliseconds as seconds.
#[must_use]
pub fn seconds(milliseconds: u64) -> String {
    format!("{}.{:02} s", milliseconds / 1000, milliseconds % 1000 / 10)
}
