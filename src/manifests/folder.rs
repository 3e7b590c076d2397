//! A folder's files, in the order of their names, which is kubectl's.

use std::path::{Path, PathBuf};

use boathook_core::objects::Document;
use tokio::fs;

use crate::manifests::{
    Fault, ManifestError, Manifests,
    budget::{Budget, FILE_MAX, FILES_MAX},
    documents, replaced,
};

/// The extensions of manifests; kubectl ignores other files.
const EXTENSIONS: [&str; 3] = [".json", ".yaml", ".yml"];

/// The objects in those of a folder's files that can be read.
pub(super) async fn readable(directory: &Path) -> Vec<Document> {
    let mut documents = Vec::new();
    for path in files(directory).await.unwrap_or_default() {
        let bytes = fs::read(&path).await.unwrap_or_default();
        documents.extend(documents::read(&bytes, &mut Budget::new()).unwrap_or_default());
    }
    documents
}

/// The objects in a folder's files, and what kubectl leaves out of these.
pub(super) async fn read(directory: &Path) -> Result<Manifests, ManifestError> {
    let mut budget = Budget::new();
    let mut manifests = Manifests::default();
    for path in files(directory).await? {
        let bytes = fs::read(&path).await.map_err(|error| unreadable(&path, &error))?;
        let replaced = replaced::keys(&bytes).into_iter();
        manifests.replaced.extend(replaced.map(|fault| format!("{}: {fault}", path.display())));
        manifests.documents.extend(
            documents::read(&bytes, &mut budget)
                .map_err(|fault: Fault| ManifestError::Malformed { path, fault })?,
        );
    }
    Ok(manifests)
}

fn unreadable(path: &Path, error: &std::io::Error) -> ManifestError {
    ManifestError::Unreadable { path: path.to_owned(), reason: error.to_string() }
}

async fn files(directory: &Path) -> Result<Vec<PathBuf>, ManifestError> {
    let mut entries =
        fs::read_dir(directory).await.map_err(|error| unreadable(directory, &error))?;
    let mut files = Vec::new();
    while let Some(entry) =
        entries.next_entry().await.map_err(|error| unreadable(directory, &error))?
    {
        let path = entry.path();
        let refused = |reason: &str| ManifestError::refused(&path, reason);
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().await.map_err(|error| unreadable(&path, &error))?.is_dir() {
            if name.starts_with('.') {
                continue;
            }
            return Err(refused(
                "it is a folder, and kubectl apply -f does not read subfolders; move its files up, or name it in a kustomization.yaml",
            ));
        }
        // kubectl reads hidden files too.
        if !EXTENSIONS.iter().any(|extension| name.ends_with(extension)) {
            continue;
        }
        if fs::metadata(&path).await.map_err(|error| unreadable(&path, &error))?.len() > FILE_MAX {
            return Err(refused("it is larger than 1 MiB; split it"));
        }
        files.push(path);
    }
    if files.len() > FILES_MAX {
        return Err(ManifestError::refused(
            directory,
            format!("it has more than {FILES_MAX} files"),
        ));
    }
    files.sort();
    Ok(files)
}
