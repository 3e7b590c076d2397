//! How a program of a deployment ended. The journal stores it as the text that people read.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

const CODE: &str = "exit code ";
const SIGNAL: &str = "ended by signal ";
const TIMED_OUT: &str = "ended at its deadline";
const STOPPED: &str = "stopped by boathook";
const NOT_RUN: &str = "not run: ";

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum CommandExit {
    /// It exited with this code.
    Code(i32),
    /// This signal ended it, and boathook did not send it.
    Signal(i32),
    /// It ran past its deadline.
    TimedOut,
    /// boathook ended it, because nobody needed it any more.
    Stopped,
    /// It never ran, for this reason.
    NotRun(String),
    /// What another version of boathook says.
    Other(String),
}

impl CommandExit {
    /// Whether it did what it was asked.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Code(0))
    }

    /// It never ran, because boathook ended it first.
    #[must_use]
    pub fn stopped_before_its_start() -> Self {
        Self::NotRun(STOPPED.to_owned())
    }

    pub(super) fn map_text(self, change: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::NotRun(why) => Self::NotRun(change(why)),
            Self::Other(text) => Self::Other(change(text)),
            Self::Code(_) | Self::Signal(_) | Self::TimedOut | Self::Stopped => self,
        }
    }
}

impl Display for CommandExit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "{CODE}{code}"),
            Self::Signal(signal) => write!(f, "{SIGNAL}{signal}"),
            Self::TimedOut => f.write_str(TIMED_OUT),
            Self::Stopped => f.write_str(STOPPED),
            Self::NotRun(why) => write!(f, "{NOT_RUN}{why}"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

impl From<CommandExit> for String {
    fn from(exit: CommandExit) -> Self {
        exit.to_string()
    }
}

impl From<String> for CommandExit {
    fn from(text: String) -> Self {
        let number = |prefix| text.strip_prefix(prefix)?.parse().ok();
        match text.as_str() {
            TIMED_OUT => Self::TimedOut,
            STOPPED => Self::Stopped,
            other => number(CODE)
                .map(Self::Code)
                .or_else(|| number(SIGNAL).map(Self::Signal))
                .or_else(|| other.strip_prefix(NOT_RUN).map(str::to_owned).map(Self::NotRun))
                .unwrap_or_else(|| Self::Other(other.to_owned())),
        }
    }
}
