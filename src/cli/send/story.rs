//! What a sender is told about a running deployment, in words, and how far along it is.

use jiff::Timestamp;

use crate::cli::{
    send::events::{Found, Titled, Told},
    words,
};

/// How far along a deployment is, as its events tell it.
#[derive(Debug, Default)]
pub struct Story {
    steps: Vec<Titled>,
    back: Vec<Titled>,
    /// Steps of the current list that have ended.
    done: usize,
    going_back: bool,
    began: Option<Timestamp>,
    /// The step under way, for people.
    pub current: String,
}

impl Story {
    /// What to say about an event; nothing where it is of no interest.
    pub fn tell(&mut self, told: &Told) -> Vec<(Timestamp, String)> {
        match told {
            Told::Accepted { at, approve_until } => approve_until.map(|until| (*at, words::awaits_approval(until))).into_iter().collect(),
            Told::Approved { at, by, note } => vec![(*at, words::approved(by, note.as_deref()))],
            Told::Started { at } => vec![(*at, words::STARTED.to_owned())],
            Told::Planned { at, steps, rollback } => {
                (self.steps, self.back) = (steps.clone(), rollback.clone());
                vec![(*at, words::planned(steps.len()))]
            }
            Told::StepStarted { at, step } => self.step_started(*at, step),
            Told::StepLearned { at, findings } => found(*at, findings),
            Told::StepEnded { at, findings } => {
                self.done += 1;
                found(*at, findings)
            }
            Told::StepFailed { at, reason } => {
                self.go_back();
                vec![(*at, words::step_failed(&self.current, reason))]
            }
            Told::Stuck { at, reason } => {
                self.go_back();
                vec![(*at, words::stuck(&self.current, reason))]
            }
            Told::Steered { at, action, by } => vec![(*at, words::steered(action, by))],
            Told::Ended { .. } | Told::Other => Vec::new(),
        }
    }

    fn go_back(&mut self) {
        (self.going_back, self.done, self.began) = (true, 0, None);
    }

    /// Steps that have ended, and all steps of the current list.
    pub fn progress(&self) -> (u64, u64) {
        (self.done as u64, self.list().len() as u64)
    }

    fn list(&self) -> &[Titled] {
        if self.going_back { &self.back } else { &self.steps }
    }

    /// A step that begins again after a restart has been told before.
    fn step_started(&mut self, at: Timestamp, step: &str) -> Vec<(Timestamp, String)> {
        let title = self.list().get(self.done).filter(|titled| titled.step == step).map_or(step, |titled| &titled.title);
        let line = words::step(self.done + 1, self.list().len(), self.going_back, title);
        let again = self.began.is_some() && self.current == line;
        (self.current, self.began) = (line.clone(), Some(at));
        if again { Vec::new() } else { vec![(at, line)] }
    }
}

fn found(at: Timestamp, findings: &[Found]) -> Vec<(Timestamp, String)> {
    findings.iter().filter_map(|found| words::finding(&found.finding, &found.is)).map(|line| (at, line)).collect()
}
