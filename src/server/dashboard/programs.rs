//! The programs of a step: as typed in a shell, how they ended, and their output, collapsed until
//! it is opened.

use boathook_core::deployment::{ShellWord, marked_beginning};

use crate::journal::{Program, seconds};

/// Characters of an argument in the line that is always shown.
const WORD_SHOWN: usize = 60;

/// A program as `programs.html` shows it.
pub trait Typed {
    /// Its arguments, each shortened to fit the line.
    fn short(&self) -> String;
    fn ended(&self) -> String;
    fn has_failed(&self) -> bool;
    /// The whole command, and what it wrote.
    fn texts(&self) -> [(&'static str, String); 3];
}

impl Typed for Program {
    fn short(&self) -> String {
        let shortened = |word: &String| marked_beginning(word, WORD_SHOWN, "...");
        self.argv.iter().map(shortened).collect::<Vec<_>>().join(" ")
    }

    fn ended(&self) -> String {
        match &self.exit {
            None => "has not ended".to_owned(),
            Some(exit) => format!("{exit} after {}", seconds(self.duration_ms)),
        }
    }

    fn has_failed(&self) -> bool {
        self.exit.as_ref().is_some_and(|exit| !exit.is_success())
    }

    fn texts(&self) -> [(&'static str, String); 3] {
        [
            ("Command", ShellWord::command(&self.argv)),
            ("Standard output", self.stdout.clone()),
            ("Standard error", self.stderr.clone()),
        ]
    }
}
