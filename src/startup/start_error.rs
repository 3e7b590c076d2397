//! Why the app could not be built.

use std::{io, path::PathBuf};

use crate::journal::{NoNodeName, StoreError};

/// Why the app could not be built.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The state directory cannot be made.
    #[error("failed to create the state directory `{}`; set state.directory to one that boathook's user may write", path.display())]
    StateDirectory {
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The record is to be in a database, and is in a file.
    #[error(
        "the record is in `{}`, and state.postgres would leave it behind: move it with `boathook journal copy --from sqlite --to postgres`, \
         or move the file away if it is not needed any more",
        path.display()
    )]
    LeftBehind { path: PathBuf },
    /// This machine's name cannot be that of a node.
    #[error("this machine's name cannot be that of a node; name it in state.node")]
    Node(#[source] NoNodeName),
    /// The journal cannot be opened.
    #[error(transparent)]
    Journal(#[from] StoreError),
}
