//! Reads the manifests of an environment.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use tokio::fs;

use crate::cluster::Document;

/// Bytes that one file may have.
const FILE_MAX: u64 = 1 << 20;
/// Files that a directory may have.
const FILES_MAX: usize = 200;

/// Why manifests cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The system does not give it.
    #[error("failed to read {}: {reason}", .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// kubectl would read it otherwise than boathook.
    #[error("{} is not deployable: {reason}", .path.display())]
    Refused {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: &'static str,
    },
    /// It is not what Kubernetes takes.
    #[error("{} does not parse: {reason}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// The objects in a directory's files, in the order of the files' names, which is kubectl's.
pub async fn read(directory: &Path) -> Result<Vec<Document>, ManifestError> {
    let mut documents = Vec::new();
    for path in files(directory).await? {
        documents.extend(read_file(&path).await?);
    }
    Ok(documents)
}

async fn files(directory: &Path) -> Result<Vec<PathBuf>, ManifestError> {
    let unreadable = |error: std::io::Error| ManifestError::Unreadable { path: directory.to_owned(), reason: error.to_string() };
    let mut entries = fs::read_dir(directory).await.map_err(unreadable)?;
    let mut files = Vec::new();
    while let Some(entry) = entries.next_entry().await.map_err(unreadable)? {
        let path = entry.path();
        let refused = |reason| ManifestError::Refused { path: path.clone(), reason };
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let kind = fs::metadata(&path).await.map_err(unreadable)?;
        if kind.is_dir() {
            return Err(refused("it is a folder, and kubectl apply -f does not read subfolders; move its files up"));
        }
        if path.file_stem().is_some_and(|stem| stem == "kustomization") {
            return Err(refused("kubectl apply -f does not run kustomize; build it beforehand"));
        }
        if kind.len() > FILE_MAX {
            return Err(refused("it is larger than 1 MiB"));
        }
        if path.extension().is_some_and(|extension| matches!(extension.to_str(), Some("yaml" | "yml" | "json"))) {
            files.push(path);
        }
    }
    if files.len() > FILES_MAX {
        return Err(ManifestError::Refused { path: directory.to_owned(), reason: "it has more than 200 files" });
    }
    files.sort();
    Ok(files)
}

async fn read_file(path: &Path) -> Result<Vec<Document>, ManifestError> {
    let malformed = |reason: String| ManifestError::Malformed { path: path.to_owned(), reason };
    let text =
        fs::read_to_string(path).await.map_err(|error| ManifestError::Unreadable { path: path.to_owned(), reason: error.to_string() })?;
    let mut documents = Vec::new();
    for part in serde_yaml::Deserializer::from_str(&text) {
        let value = Value::deserialize(part).map_err(|error| malformed(error.to_string()))?;
        match value {
            Value::Null => {}
            Value::Object(_) => documents.push(Document(value)),
            _ => return Err(malformed("a document is not an object".to_owned())),
        }
    }
    if documents.iter().any(|document| document.0.get("items").is_some()) {
        // Its services would be applied with the images that stand there.
        return Err(malformed("a list is not read; write its items as documents of their own".to_owned()));
    }
    match documents.iter().find(|document| document.kind().is_empty() || document.name().is_empty()) {
        Some(_) => Err(malformed("a document has no kind or no metadata.name".to_owned())),
        None => Ok(documents),
    }
}
