//! The one seam between boathook and the programs that it drives.

use std::{io, path::PathBuf};

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use crate::{Command, Finished};

/// Runs programs. Production has one implementation (duct); tests have a fake cluster behind it.
pub trait Runner: Send + Sync {
    /// Runs a program to its end.
    ///
    /// With `lines`, each line of stdout is handed over as it comes, and the program is ended
    /// ([`crate::Exit::Stopped`]) once the receiver is dropped. Dropping the future ends the
    /// program's whole process group.
    fn run(
        &self,
        command: Command,
        lines: Option<mpsc::Sender<String>>,
    ) -> BoxFuture<'_, Result<Finished, RunError>>;
}

/// Why a program could not be run at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no such program.
    #[error("`{program}` is not installed, or not in boathook's PATH")]
    NotFound {
        /// The first word of the argument list.
        program: String,
    },
    /// It is there, but may not be run.
    #[error("this user may not run `{program}`")]
    NotPermitted {
        /// The first word of the argument list.
        program: String,
    },
    /// The working directory is not there.
    #[error("failed to run `{program}`: there is no directory `{}`", .directory.display())]
    NoDirectory {
        /// The first word of the argument list.
        program: String,
        /// Where it was to run.
        directory: PathBuf,
    },
    /// No program may start any more.
    #[error("`{program}` was not run: boathook starts nothing any more")]
    Stopped {
        /// The first word of the argument list.
        program: String,
    },
    /// Any other error of the operating system.
    #[error("failed to run `{program}`")]
    Io {
        /// The first word of the argument list.
        program: String,
        /// The system's error.
        source: io::Error,
    },
}
