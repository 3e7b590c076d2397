//! What is shown of a deployment under way, in messages, and how far along it is.

use std::collections::BTreeMap;

use boathook_core::rollout::Observation;
use jiff::Timestamp;

use crate::{
    cli::{
        follow::{PublicEvent, Titled},
        messages,
    },
    journal::finding_words,
};

/// A deployment's progress, from its events.
#[derive(Debug, Default)]
pub struct ProgressLog {
    /// How many approvals it has, and needs.
    approvals: u32,
    approvals_needed: u32,
    steps: Vec<Titled>,
    back: Vec<Titled>,
    /// Steps of the current list that have ended.
    done: usize,
    rolling_back: bool,
    began: Option<Timestamp>,
    /// The new revision's share of requests, as last said.
    percent: Option<u8>,
    /// How many probes of each URL failed in the current step, as last said.
    failures: BTreeMap<String, u64>,
    /// The title of the current step.
    pub current: String,
}

impl ProgressLog {
    /// What to say about an event; nothing if it is of no interest.
    pub fn lines(&mut self, event: &PublicEvent) -> Vec<(Timestamp, String)> {
        match event {
            PublicEvent::Accepted { at, approve_until, approvals, opens_at } => {
                self.approvals_needed = approvals.unwrap_or(1);
                let needed = self.approvals_needed;
                let approval = approve_until.map(|until| messages::awaits_approval(until, needed));
                let waits = approval
                    .or_else(|| opens_at.map(|opens_at| messages::awaits_window(opens_at, None)));
                waits.map(|line| (*at, line)).into_iter().collect()
            }
            PublicEvent::AwaitsWindow { at, opens_at, held } => {
                vec![(*at, messages::awaits_window(*opens_at, held.as_deref()))]
            }
            PublicEvent::Approved { at, by, note } => {
                self.approvals += 1;
                let given = self.approvals;
                let needed = self.approvals_needed;
                vec![(*at, messages::approved(by, note.as_deref(), given, needed))]
            }
            PublicEvent::Overridden { at, by } => {
                vec![(*at, messages::let_past(by))]
            }
            PublicEvent::Started { at } => vec![(*at, messages::STARTED.to_owned())],
            PublicEvent::Planned { at, steps, rollback, notes } => {
                self.steps.clone_from(steps);
                self.back.clone_from(rollback);
                let notes = notes.iter().map(|note| messages::note(note));
                std::iter::once(messages::planned(steps.len()))
                    .chain(notes)
                    .map(|line| (*at, line))
                    .collect()
            }
            PublicEvent::StepStarted { at, step } => self.step_started(*at, step),
            PublicEvent::StepLearned { at, findings } => self.found(*at, findings),
            PublicEvent::StepEnded { at, findings } => {
                self.done += 1;
                self.found(*at, findings)
            }
            PublicEvent::StepFailed { at, reason } => {
                self.go_back();
                vec![(*at, messages::step_failed(&self.current, reason))]
            }
            PublicEvent::RollbackFailed { at, reason } => {
                self.go_back();
                vec![(*at, messages::rollback_failed(&self.current, reason))]
            }
            PublicEvent::Steered { at, action, by } => vec![(*at, messages::steered(action, by))],
            PublicEvent::Ended { .. } | PublicEvent::Other => Vec::new(),
        }
    }

    fn go_back(&mut self) {
        (self.rolling_back, self.done, self.began) = (true, 0, None);
    }

    /// Steps that have ended, and all steps of the current list.
    pub fn progress(&self) -> (u64, u64) {
        (self.done as u64, self.list().len() as u64)
    }

    fn list(&self) -> &[Titled] {
        if self.rolling_back { &self.back } else { &self.steps }
    }

    /// A step that begins again after a restart has been shown before.
    fn step_started(&mut self, at: Timestamp, step: &str) -> Vec<(Timestamp, String)> {
        let title = self
            .list()
            .get(self.done)
            .filter(|titled| titled.step == step)
            .map_or(step, |titled| &titled.title);
        let line = messages::step(self.done + 1, self.list().len(), self.rolling_back, title);
        let again = self.began.is_some() && self.current == line;
        self.current.clone_from(&line);
        self.began = Some(at);
        self.failures.clear();
        if again { Vec::new() } else { vec![(at, line)] }
    }

    fn found(&mut self, at: Timestamp, findings: &[Observation]) -> Vec<(Timestamp, String)> {
        let mut lines = Vec::new();
        for found in findings {
            if self.is_new(found)
                && let Some(line) = finding_words(found)
            {
                lines.push((at, line));
            }
        }
        lines
    }

    /// The share of requests is new when it changed, and the figures of a hold that goes on when
    /// more probes failed.
    fn is_new(&mut self, found: &Observation) -> bool {
        if let Observation::Serving { percent } = found {
            return self.percent.replace(*percent) != Some(*percent);
        }
        if let Observation::HealthSoFar { of, numbers } = found {
            let said = self.failures.insert(of.clone(), numbers.failures).unwrap_or_default();
            return numbers.failures > said;
        }
        true
    }
}
