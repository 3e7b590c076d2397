//! What happens to a program that a deployment runs. Senders read none of it.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use crate::record::{CommandExit, Rewrite};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CommandEvent {
    /// A program is about to run.
    CommandStarted {
        /// Counts the programs of this deployment from 1.
        command: u32,
        argv: Vec<String>,
    },
    CommandEnded {
        /// The number that it started with.
        command: u32,
        exit: CommandExit,
        /// How long it ran.
        duration_ms: u64,
        /// The end of its standard output; untrusted wherever it is shown.
        stdout: String,
        /// The end of its standard error; untrusted wherever it is shown.
        stderr: String,
    },
}

impl CommandEvent {
    pub(super) fn rewritten(self, rewrite: &dyn Rewrite) -> Self {
        match self {
            Self::CommandStarted { command, argv } => {
                Self::CommandStarted { command, argv: rewrite.arguments(argv) }
            }
            Self::CommandEnded { command, exit, duration_ms, stdout, stderr } => {
                Self::CommandEnded {
                    command,
                    exit: exit.map_text(|why| rewrite.text(why)),
                    duration_ms,
                    stdout: rewrite.text(stdout),
                    stderr: rewrite.text(stderr),
                }
            }
        }
    }
}
