//! Shows what happens while it happens: a progress bar on a terminal, lines with the time
//! elsewhere. On standard error, unless the lines go somewhere else.

use std::{
    cell::RefCell,
    io::{IsTerminal, stderr},
    time::Duration,
};

use boathook_core::{clock::time_of_day_utc, record::Status};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;

use crate::{
    cli::{
        follow::{ProgressLog, PublicEvent},
        messages,
        terminal::{Line, print_to_stderr},
    },
    journal::DeploymentView,
};

/// Shows one deployment.
pub struct Reporter {
    output: Output,
    /// What every line begins with, after its time.
    about: String,
    log: RefCell<ProgressLog>,
    /// What it waits for in the queue, as last shown.
    waits_for: RefCell<Option<String>>,
}

enum Output {
    Bar(ProgressBar),
    Lines(Box<dyn Fn(&str)>),
}

impl Reporter {
    /// Prints to standard error.
    pub fn to_stderr() -> Self {
        if stderr().is_terminal() {
            Self::on(Output::Bar(bar()))
        } else {
            Self::to(|line| print_to_stderr(line))
        }
    }

    /// Hands each line to `print`.
    pub fn to(print: impl Fn(&str) + 'static) -> Self {
        Self::on(Output::Lines(Box::new(print)))
    }

    fn on(output: Output) -> Self {
        let about = String::new();
        Self { output, about, log: RefCell::default(), waits_for: RefCell::default() }
    }

    /// The same, with each line beginning with this after its time.
    pub fn about(self, about: String) -> Self {
        Self { about, ..self }
    }

    /// Prints a message.
    pub fn note(&self, at: Timestamp, text: &str) {
        let line = format!("{} {}{}", time_of_day_utc(at), Line(&self.about), Line(text));
        match &self.output {
            Output::Bar(bar) => bar.println(line),
            Output::Lines(print) => print(&line),
        }
    }

    /// Shows an event.
    pub fn report(&self, event: &PublicEvent) {
        let mut log = self.log.borrow_mut();
        for (at, line) in log.lines(event) {
            self.note(at, &line);
        }
        if let Output::Bar(bar) = &self.output {
            let (done, all) = log.progress();
            if all > 0 {
                bar.set_length(all);
            }
            bar.set_position(done);
            bar.set_message(Line(&log.current).to_string());
        }
    }

    /// Shows what a queued deployment waits for, once; for how long it has is no change.
    pub fn queued(&self, history: &DeploymentView) {
        let without_numbers =
            |text: &String| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
        if let Some(reason) = history.reason.as_ref().filter(|_| history.status == Status::Queued) {
            let waits_for = Some(without_numbers(reason));
            if self.waits_for.replace(waits_for.clone()) != waits_for {
                self.note(history.changed_at, &messages::queued(reason));
            }
        }
    }

    /// Removes the progress bar.
    pub fn finish(&self) {
        if let Output::Bar(bar) = &self.output {
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
