//! A kustomization as it is written: which files and folders it takes, what of it comes from elsewhere, and the secrets in it. kustomize
//! itself is run afterwards, and only where nothing is fetched that config does not allow.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde_json::Value;
use tokio::fs;

use crate::manifests::{
    ManifestError,
    budget::{Budget, FILE_MAX},
    documents, secrets,
};

/// The names that kustomize knows.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// Folders that a kustomization may reach over its bases.
const FOLDERS_MAX: usize = 100;
/// Fields whose entries are files or folders, or what is fetched.
const PATHS: [&str; 6] = ["resources", "bases", "components", "generators", "transformers", "validators"];
/// Fields, however deep, whose texts are files; kustomize fetches those that are URLs.
const FILES: [&str; 8] = ["files", "envs", "env", "path", "patchesStrategicMerge", "crds", "configurations", "openapi"];

/// What there is to know before kustomize runs.
#[derive(Debug, Default)]
pub(super) struct Kustomization {
    /// What would be fetched: the file that says so, and what it says.
    pub(super) remote: Vec<(PathBuf, String)>,
    /// Secrets in its files, generators and patches.
    pub(super) secrets: Vec<Vec<u8>>,
}

/// The kustomization file of a folder, where it has one.
pub(super) async fn file_of(directory: &Path) -> Option<PathBuf> {
    for name in NAMES {
        let path = directory.join(name);
        if fs::metadata(&path).await.is_ok_and(|kind| kind.is_file()) {
            return Some(path);
        }
    }
    None
}

impl Kustomization {
    /// Looks at a folder's kustomization and at those of its bases. What cannot be read is left for kustomize to name.
    pub(super) async fn examine(directory: &Path) -> Result<Self, ManifestError> {
        let mut all = Self::default();
        let mut seen = BTreeSet::new();
        let mut folders = vec![directory.to_owned()];
        while let Some(folder) = folders.pop() {
            let real = fs::canonicalize(&folder).await.unwrap_or_else(|_| folder.clone());
            if !seen.insert(real) {
                continue;
            }
            if seen.len() > FOLDERS_MAX {
                return Err(ManifestError::refused(directory, format!("its bases are more than {FOLDERS_MAX} folders")));
            }
            if let Some(file) = file_of(&folder).await {
                folders.extend(all.take_up(&file, &folder).await);
            }
        }
        Ok(all)
    }

    /// Takes one file up; gives the folders that it names.
    async fn take_up(&mut self, file: &Path, folder: &Path) -> Vec<PathBuf> {
        let mut folders = Vec::new();
        for value in values(file).await {
            let (remote, files): (Vec<String>, Vec<String>) = files_in(&value).into_iter().partition(|text| is_remote(text));
            self.remote.extend(remote.into_iter().map(|text| (file.to_owned(), text)));
            for text in files {
                self.learn_from(&folder.join(text)).await;
            }
            self.learn_generated(&value, folder).await;
            for entry in entries(&value) {
                let path = folder.join(&entry);
                match fs::metadata(&path).await {
                    Ok(kind) if !is_remote(&entry) => {
                        if kind.is_dir() {
                            folders.push(path);
                        } else {
                            self.remote.extend(remote_in(&path).await);
                            self.learn_from(&path).await;
                        }
                    }
                    // What is not there is taken for a repository by kustomize.
                    _ => self.remote.push((file.to_owned(), entry)),
                }
            }
        }
        folders
    }

    async fn learn_from(&mut self, path: &Path) {
        self.secrets.extend(values(path).await.iter().flat_map(secrets::of_value));
    }

    /// What a `secretGenerator` makes Secrets from.
    async fn learn_generated(&mut self, kustomization: &Value, folder: &Path) {
        let Some(generators) = kustomization.get("secretGenerator").and_then(Value::as_array) else { return };
        for generator in generators {
            let literals = texts(generator, "literals");
            let literals = literals.iter().filter_map(|text| text.split_once('='));
            self.secrets.extend(literals.flat_map(|(key, value)| secrets::with_parts(key, unquoted(value).into())));
            for file in texts(generator, "files") {
                let (key, path) = file.split_once('=').unwrap_or((file, file));
                self.secrets.extend(bytes(&folder.join(path)).await.into_iter().flat_map(|bytes| secrets::with_parts(key, bytes)));
            }
            for file in [texts(generator, "envs"), texts(generator, "env")].concat() {
                let bytes = bytes(&folder.join(file)).await.unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes);
                let lines = text.lines().filter_map(|line| line.split_once('='));
                self.secrets.extend(lines.flat_map(|(key, value)| secrets::with_parts(key, unquoted(value.trim()).into())));
            }
        }
    }
}

/// The text in a field, or the texts in its list.
fn texts<'a>(object: &'a Value, field: &str) -> Vec<&'a str> {
    match object.get(field) {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// What a kustomization is made of, without what is written out in it.
fn entries(kustomization: &Value) -> Vec<String> {
    let entries = PATHS.iter().flat_map(|field| texts(kustomization, field));
    entries.filter(|entry| !entry.contains('\n')).map(str::to_owned).collect()
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(|c| matches!(c, '"' | '\''))
}

async fn bytes(path: &Path) -> Option<Vec<u8>> {
    let small = fs::metadata(path).await.is_ok_and(|kind| kind.is_file() && kind.len() <= FILE_MAX);
    if small { fs::read(path).await.ok() } else { None }
}

async fn values(path: &Path) -> Vec<Value> {
    let bytes = bytes(path).await.unwrap_or_default();
    documents::values(&bytes, &mut Budget::new()).unwrap_or_default()
}

/// What the configuration of a generator or transformer has fetched.
async fn remote_in(path: &Path) -> Vec<(PathBuf, String)> {
    let values = values(path).await;
    let texts = values.iter().filter(|value| is_configuration(value)).flat_map(files_in);
    texts.filter(|text| is_remote(text)).map(|text| (path.to_owned(), text)).collect()
}

/// Other objects have fields of these names too, and nobody fetches what stands there.
fn is_configuration(value: &Value) -> bool {
    let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
    let kind = text("kind");
    text("apiVersion") == "builtin" || ["Generator", "Transformer"].iter().any(|end| kind.ends_with(end))
}

/// The texts under fields that hold files, and those of inline configurations.
fn files_in(value: &Value) -> Vec<String> {
    let mut texts = Vec::new();
    collect_files(value, None, &mut texts);
    texts
}

fn collect_files(value: &Value, field: Option<&str>, texts: &mut Vec<String>) {
    match (value, field) {
        (Value::String(text), Some(field)) if text.contains('\n') => {
            if PATHS.contains(&field) {
                let inline = documents::values(text.as_bytes(), &mut Budget::new()).unwrap_or_default();
                texts.extend(inline.iter().flat_map(files_in));
            }
        }
        (Value::String(text), Some("files")) => texts.push(text.split_once('=').map_or(text.as_str(), |(_, path)| path).to_owned()),
        (Value::String(text), Some(field)) if FILES.contains(&field) => texts.push(text.clone()),
        (Value::Array(items), _) => items.iter().for_each(|item| collect_files(item, field, texts)),
        (Value::Object(entries), _) => entries.iter().for_each(|(key, value)| collect_files(value, Some(key), texts)),
        (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => {}
    }
}

/// Whether kustomize would fetch it: a URL, a repository of git's, or a name that it completes to one.
fn is_remote(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    let begins = ["git::", "git@", "ssh:", "github.com", "www.github.com", "gh:", "gitlab.com", "bitbucket.org"];
    let user = lower.split_once('@').is_some_and(|(user, rest)| !user.contains('/') && rest.contains(':'));
    lower.contains("://")
        || lower.contains("?ref=")
        || lower.contains("?version=")
        || user
        || begins.iter().any(|begin| lower.starts_with(begin))
}
