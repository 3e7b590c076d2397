//! Writes a bundle to a folder of its own, for kustomize.

use std::{
    io,
    path::{Path, PathBuf},
};

use boathook_core::deployment::{Bundle, Environment};
use tokio::{fs, io::AsyncWriteExt as _};

/// A bundle on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnpackedBundle {
    /// The folder that holds all of it.
    pub root: PathBuf,
    /// The environment's folder in it.
    pub folder: PathBuf,
}

/// Why a bundle could not be written for an environment.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("failed to write the bundle to `{}`", path.display())]
    Failed { path: PathBuf, source: io::Error },
    #[error(
        "the bundle has no folder `{environment}`; it has {}; add one, by the environment's name or an alias",
        listed(.has)
    )]
    NoFolder {
        environment: Environment,
        /// The folders at its top.
        has: Vec<String>,
    },
}

/// Writes the files anew below `root`, which nobody else may read, and finds the folder of an
/// environment by the first of these names that is there.
pub async fn write(
    bundle: &Bundle,
    root: &Path,
    names: &[Environment],
) -> Result<UnpackedBundle, WriteError> {
    let folder = folder_of(bundle, names)?;
    let written = write_files(bundle, root).await;
    written.map_err(|source| WriteError::Failed { path: root.to_owned(), source })?;
    Ok(UnpackedBundle { root: root.to_owned(), folder: root.join(folder) })
}

fn folder_of<'a>(bundle: &'a Bundle, names: &[Environment]) -> Result<&'a str, WriteError> {
    if bundle.text().is_some() {
        return Ok("");
    }
    let has = bundle.folders();
    let found = names.iter().find_map(|name| has.iter().find(|folder| **folder == name.name()));
    found.copied().ok_or_else(|| WriteError::NoFolder {
        environment: names[0],
        has: has.iter().map(|folder| folder.escape_default().to_string()).collect(),
    })
}

async fn write_files(bundle: &Bundle, root: &Path) -> io::Result<()> {
    match fs::remove_dir_all(root).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    fs::DirBuilder::new().recursive(true).mode(0o700).create(root).await?;
    for (path, content) in bundle.files() {
        let path = root.join(path.as_str());
        if let Some(folder) = path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).await?;
        }
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).await?;
        file.write_all(content).await?;
        file.flush().await?;
    }
    Ok(())
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "no folder".to_owned() } else { names.join(", ") }
}
