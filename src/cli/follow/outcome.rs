//! The end of a deployment that was followed.

use boathook_core::record::{Outcome, Status};

use crate::{
    cli::{
        Exit, messages,
        terminal::{Line, print},
    },
    journal::DeploymentView,
};

/// Prints how it ended, or its status at the deadline, and its notes.
pub fn print_outcome(history: &DeploymentView) {
    messages::outcome(history).iter().for_each(|line| print(Line(line)));
}

/// The exit code for a status.
pub const fn exit_of(status: Status) -> Exit {
    match status {
        Status::Ended(Outcome::Succeeded) => Exit::Success,
        settled if settled.is_settled() => Exit::Failure,
        _ => Exit::StillRunning,
    }
}
