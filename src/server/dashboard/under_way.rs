//! Deployments under way, with what each is doing now.

use std::sync::Arc;

use boathook_core::record::{Lock, Status};
use jiff::Timestamp;

use crate::{
    journal::{DeploymentView, Summary, status_words},
    server::{ApiError, OperatorState, dashboard::standing::Standing, show},
};

/// Deployments that are shown with their steps.
const SHOWN_MAX: usize = 50;

/// One deployment under way.
pub struct UnderWay {
    pub summary: Summary,
    pub view: DeploymentView,
    pub standing: Standing,
}

impl UnderWay {
    /// Why it is where it is; nothing where what it waits for says that already.
    pub fn why(&self) -> Option<&str> {
        let said = [Status::Queued, Status::AwaitingWindow].contains(&self.view.status);
        self.view.reason.as_deref().filter(|_| !said)
    }

    /// Those that run before those that wait, each in the order of acceptance.
    pub async fn read(operators: &OperatorState, now: Timestamp) -> Result<Vec<Self>, ApiError> {
        let mut under_way = Vec::new();
        let live = operators.journal.live();
        let (waiting, begun): (Vec<_>, Vec<_>) =
            live.iter().partition(|(_, deployment)| deployment.state.status() == Status::Queued);
        for (id, deployment) in begun.into_iter().chain(waiting).take(SHOWN_MAX) {
            let Some(view) = show::view(&operators.journal, id).await? else { continue };
            if let Some(standing) = Standing::of(&view, now) {
                under_way.push(Self { summary: Summary::of(id, deployment), view, standing });
            }
        }
        Ok(under_way)
    }
}

/// The text for screen readers, read when it changes.
pub fn announcement(under_way: &[UnderWay], locks: &[Arc<Lock>]) -> String {
    let reported = under_way.iter().map(|UnderWay { view, .. }| {
        let step = view.running().map(|step| format!(", {}", step.title)).unwrap_or_default();
        let status = status_words(view.status, view.paused);
        format!("{} in {}: {status}{step}", view.service_name, view.environment)
    });
    let reported = reported.collect::<Vec<_>>().join("; ");
    let reported = if reported.is_empty() { "Nothing is under way".to_owned() } else { reported };
    let locked = locks.iter().map(|lock| format!("; {} is locked", lock.place()));
    reported + &locked.collect::<String>()
}
