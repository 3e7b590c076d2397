//! The exit codes of commands.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Success: 0.
    Success,
    /// The deployment failed or was rolled back, or it does not exist: 1.
    Failure,
    /// The request was refused, could not be made at all, or its answer cannot be read: 2, as for
    /// wrong usage.
    Refused,
    /// No answer: 3.
    Unreachable,
    /// The deadline came first: 4.
    StillRunning,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Refused => 2,
            Exit::Unreachable => 3,
            Exit::StillRunning => 4,
        })
    }
}
