//! Shows what happens while it happens: a progress bar on a terminal, lines with the time
//! elsewhere. Always on standard error.

use std::{
    cell::RefCell,
    io::{IsTerminal, stderr},
    time::Duration,
};

use boathook_core::{clock::time_of_day, record::Status};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use crate::{
    cli::{
        messages,
        send::{PublicEvent, progress_log::ProgressLog},
        terminal::Line,
    },
    journal::DeploymentView,
};

/// Shows one deployment.
pub struct Reporter {
    bar: Option<ProgressBar>,
    log: RefCell<ProgressLog>,
    /// What it waits for in the queue, as last shown.
    waits_for: RefCell<Option<String>>,
}

impl Reporter {
    /// Prints to standard error.
    pub fn new() -> Self {
        Self {
            bar: stderr().is_terminal().then(bar),
            log: RefCell::default(),
            waits_for: RefCell::default(),
        }
    }

    /// Prints a message.
    pub fn note(&self, at: Timestamp, text: &str) {
        let line = format!("{} {}", time_of_day(at), Line(text));
        match &self.bar {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }

    /// Shows an event.
    pub fn report(&self, event: &PublicEvent) {
        let mut log = self.log.borrow_mut();
        for (at, line) in log.lines(event) {
            self.note(at, &line);
        }
        if let Some(bar) = &self.bar {
            let (done, all) = log.progress();
            if all > 0 {
                bar.set_length(all);
            }
            bar.set_position(done);
            bar.set_message(Line(&log.current).to_string());
        }
    }

    /// Shows what a queued deployment waits for, once.
    pub fn queued(&self, history: &DeploymentView) {
        if let Some(reason) = history.reason.as_ref().filter(|_| history.status == Status::Queued)
            && self.waits_for.replace(Some(reason.clone())).as_ref() != Some(reason)
        {
            self.note(history.changed_at, &messages::queued(reason));
        }
    }

    /// Shows a status that was polled.
    pub fn asked(&self, history: &DeploymentView) {
        self.queued(history);
        let mut log = self.log.borrow_mut();
        if let Some(step) = history.running().filter(|step| !log.current.ends_with(&step.title)) {
            log.current.clone_from(&step.title);
            self.note(step.began_at.unwrap_or(history.changed_at), &step.title);
        }
    }

    /// Removes the progress bar.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {wide_bar} {pos}/{len} {elapsed} {msg}");
    let bar =
        ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
