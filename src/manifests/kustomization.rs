//! Reads a kustomization: its files and folders, its remote bases, and the secrets in it. kustomize
//! itself runs afterwards, and only if nothing is fetched that the configuration forbids.

use std::{
    collections::{BTreeSet, HashMap},
    path::{Path, PathBuf},
};

use serde_json::Value;
use tokio::fs;

use crate::manifests::{
    ManifestError,
    budget::{Budget, FILE_MAX},
    documents,
    kustomization_fields::{Entry, entries, files_in, is_remote, texts, values, written_out},
    patches::{PatchSource, patches},
    secrets::{self, InTheClear},
};

/// The file names that kustomize recognises.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// The maximum number of folders that a kustomization may reach through its bases.
const FOLDERS_MAX: usize = 100;

/// What boathook learns before kustomize runs.
#[derive(Debug, Default)]
pub(super) struct Kustomization {
    /// What would be fetched: the file that says so, and what it says.
    remote: Vec<(PathBuf, String)>,
    /// What may name something to be fetched and cannot be read, and why.
    unread: Vec<(PathBuf, String)>,
    /// The real path of the folder that nothing outside of is read, if there is one.
    within: Option<PathBuf>,
    /// What lies outside of it: the file that names it, and what it says.
    outside: Vec<(PathBuf, String)>,
    /// What each folder is built from, by its real path.
    built: HashMap<PathBuf, Built>,
    /// The one of the folder that is being read.
    building: Built,
    /// Whether its bases are more folders than boathook follows.
    endless: bool,
    /// Secrets in its files, generators and patches.
    secrets: Vec<Vec<u8>>,
    clear: InTheClear,
}

/// The most files and bytes that a kustomization of a bundle may be built from, each as often as
/// folders name it: kustomize itself has no limit.
const BUILT_MAX: Amount = Amount { files: 2000, bytes: 16 << 20 };

/// Files and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Amount {
    files: u64,
    bytes: u64,
}

impl Amount {
    /// More than anything may be.
    const ENDLESS: Self = Self { files: u64::MAX, bytes: u64::MAX };

    const fn plus(self, other: Self) -> Self {
        Self {
            files: self.files.saturating_add(other.files),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

/// What a folder is built from: its own files, and other folders.
#[derive(Debug, Default)]
struct Built {
    own: Amount,
    folders: Vec<PathBuf>,
}

/// A folder to visit, and whether its output configures kustomize.
type Folder = (PathBuf, bool);

/// The kustomization file of a folder, if it has one.
pub(super) async fn file_of(directory: &Path) -> Option<PathBuf> {
    for name in NAMES {
        let path = directory.join(name);
        if fs::metadata(&path).await.is_ok_and(|kind| !kind.is_dir()) {
            return Some(path);
        }
    }
    None
}

impl Kustomization {
    /// Reads a folder's kustomization and those of its bases.
    pub(super) async fn examine(directory: &Path, within: Option<&Path>) -> Self {
        let within = match within {
            Some(root) => Some(fs::canonicalize(root).await.unwrap_or_else(|_| root.to_owned())),
            None => None,
        };
        let mut all = Self { within, ..Self::default() };
        let mut seen = BTreeSet::new();
        let mut folders = vec![(directory.to_owned(), false)];
        while let Some((folder, configures)) = folders.pop() {
            let real = fs::canonicalize(&folder).await.unwrap_or_else(|_| folder.clone());
            if !seen.insert((real.clone(), configures)) {
                continue;
            }
            if seen.len() > FOLDERS_MAX {
                all.endless = true;
                return all;
            }
            if let Some(file) = file_of(&folder).await {
                all.count(&file).await;
                folders.extend(all.take_up(&file, &folder, configures).await);
                let built = std::mem::take(&mut all.building);
                all.built.insert(real, built);
            }
        }
        all
    }

    /// The secrets that are known before kustomize runs, without those that are plain.
    pub(super) fn secrets(&self) -> Vec<Vec<u8>> {
        self.secrets.iter().filter(|secret| !self.clear.is_plain(secret)).cloned().collect()
    }

    /// Whether kustomize may build the folder.
    pub(super) fn check(&self, directory: &Path, remote_bases: bool) -> Result<(), ManifestError> {
        if self.endless {
            return Err(ManifestError::refused(
                directory,
                format!("its bases are more than {FOLDERS_MAX} folders"),
            ));
        }
        if let Some((file, entry)) = self.outside.first() {
            let reason = format!(
                "`{entry}` lies outside the bundle; take it into the bundle, beside the folders of the environments"
            );
            return Err(ManifestError::refused(file, reason));
        }
        let amount = self.amount(directory);
        let Amount { files, bytes } = BUILT_MAX;
        if self.within.is_some() && (amount.files > files || amount.bytes > bytes) {
            let reason = format!(
                "kustomize would build it from more than {files} files or {bytes} bytes, because folders name others more than once; name each once"
            );
            return Err(ManifestError::refused(directory, reason));
        }
        if remote_bases {
            return Ok(());
        }
        // A bundle never gets them, whatever is set.
        let way_out = if self.within.is_some() { "" } else { ", or set allow.remote_bases: true" };
        if let Some((file, entry)) = self.remote.first() {
            let reason = format!(
                "`{entry}` is no file or folder beside it, and kustomize would fetch it; take it into the folder{way_out}"
            );
            return Err(ManifestError::refused(file, reason));
        }
        if let Some((file, reason)) = self.unread.first() {
            let reason = format!(
                "{reason}, so boathook cannot tell whether kustomize would fetch anything for it; shorten or correct it{way_out}"
            );
            return Err(ManifestError::refused(file, reason));
        }
        Ok(())
    }

    /// Reads one kustomization; returns the folders that it names.
    async fn take_up(&mut self, file: &Path, folder: &Path, configures: bool) -> Vec<Folder> {
        let kustomizations = read(file).await.unwrap_or_else(|reason| {
            self.unread.push((file.to_owned(), reason));
            Vec::new()
        });
        let mut folders = Vec::new();
        for kustomization in kustomizations {
            self.clear.take_up(&kustomization);
            self.take_up_files(&kustomization, file, folder).await;
            for generator in
                values(&kustomization, "secretGenerator").filter_map(Value::as_array).flatten()
            {
                self.learn_generated(generator, folder).await;
            }
            for entry in entries(&kustomization) {
                let entry = Entry { configures: entry.configures || configures, ..entry };
                folders.extend(self.take_up_entry(&entry, file, folder).await);
            }
        }
        folders
    }

    /// What is named within a kustomization and the configurations that are written out in it.
    async fn take_up_files(&mut self, kustomization: &Value, file: &Path, folder: &Path) {
        let written_out = written_out(kustomization).unwrap_or_else(|fault| {
            self.unread.push((file.to_owned(), format!("it holds what does not parse ({fault})")));
            Vec::new()
        });
        let named = std::iter::once(kustomization).chain(&written_out).flat_map(files_in);
        let (remote, files): (Vec<String>, Vec<String>) = named.partition(|text| is_remote(text));
        self.remote.extend(remote.into_iter().map(|text| (file.to_owned(), text)));
        for text in files {
            let path = folder.join(&text);
            if !self.may_read(&path).await {
                self.outside.push((file.to_owned(), text));
                continue;
            }
            self.count(&path).await;
            let patch = read(&path).await.unwrap_or_default();
            self.secrets.extend(patch.iter().flat_map(secrets::of_value));
        }
        for value in std::iter::once(kustomization).chain(&written_out) {
            self.learn_configured(value, folder).await;
        }
    }

    /// The secrets in the patches of a kustomization or a transformer, and those of a generator
    /// that is an object of its own.
    async fn learn_configured(&mut self, value: &Value, folder: &Path) {
        for patch in patches(value) {
            let text = match &patch.source {
                PatchSource::Text(text) => text.clone().into_bytes(),
                PatchSource::File(file) if is_remote(file) => continue,
                PatchSource::File(file) => self.bytes(&folder.join(file)).await.unwrap_or_default(),
            };
            self.secrets.extend(patch.secrets(&text));
        }
        if value.get("kind").and_then(Value::as_str) == Some("SecretGenerator") {
            self.learn_generated(value, folder).await;
        }
    }

    /// Reads a file entry; returns the folder if the entry is one.
    async fn take_up_entry(&mut self, entry: &Entry, file: &Path, folder: &Path) -> Option<Folder> {
        let path = folder.join(&entry.text);
        if !is_remote(&entry.text) && !self.may_read(&path).await {
            self.outside.push((file.to_owned(), entry.text.clone()));
            return None;
        }
        match fs::metadata(&path).await {
            Ok(kind) if !is_remote(&entry.text) => {
                if kind.is_dir() {
                    let real = fs::canonicalize(&path).await.unwrap_or_else(|_| path.clone());
                    self.building.folders.push(real);
                    return Some((path, entry.configures));
                }
                self.count(&path).await;
                self.take_up_file(&path, entry.configures).await;
            }
            // kustomize treats a missing path as a repository.
            _ => self.remote.push((file.to_owned(), entry.text.clone())),
        }
        None
    }

    async fn take_up_file(&mut self, path: &Path, configures: bool) {
        match read(path).await {
            Ok(values) => {
                self.secrets.extend(values.iter().flat_map(secrets::of_value));
                values.iter().for_each(|value| self.clear.take_up(value));
                if configures {
                    let folder = path.parent().unwrap_or(path);
                    for value in &values {
                        self.learn_configured(value, folder).await;
                    }
                    let remote = values.iter().flat_map(files_in).filter(|text| is_remote(text));
                    self.remote.extend(remote.map(|text| (path.to_owned(), text)));
                }
            }
            Err(reason) if configures => self.unread.push((path.to_owned(), reason)),
            // Nothing is fetched for an object, and kustomize says what is wrong with it.
            Err(_) => {}
        }
    }

    /// Counts a file for the folder that is being read.
    async fn count(&mut self, path: &Path) {
        let bytes = fs::metadata(path).await.map_or(0, |kind| kind.len());
        self.building.own = self.building.own.plus(Amount { files: 1, bytes });
    }

    /// What a folder is built from in all.
    fn amount(&self, directory: &Path) -> Amount {
        let real = std::fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
        self.amount_of(&real, &mut HashMap::new())
    }

    fn amount_of(&self, folder: &Path, known: &mut HashMap<PathBuf, Amount>) -> Amount {
        if let Some(known) = known.get(folder) {
            return *known;
        }
        // One that is built from itself has no end.
        known.insert(folder.to_owned(), Amount::ENDLESS);
        let Some(Built { own, folders }) = self.built.get(folder) else { return Amount::default() };
        let below = folders.iter().map(|below| self.amount_of(below, known)).collect::<Vec<_>>();
        let amount = below.into_iter().fold(*own, Amount::plus);
        known.insert(folder.to_owned(), amount);
        amount
    }

    /// Whether a path lies where boathook and kustomize may read, if it is there at all.
    async fn may_read(&self, path: &Path) -> bool {
        let Some(root) = &self.within else { return true };
        match fs::canonicalize(path).await {
            Ok(real) => real.starts_with(root),
            Err(_) => true,
        }
    }

    /// The bytes of a file that may be read.
    async fn bytes(&self, path: &Path) -> Result<Vec<u8>, String> {
        match self.may_read(path).await {
            true => bytes(path).await,
            false => Err("it lies outside the bundle".to_owned()),
        }
    }

    /// What a generator makes a Secret from.
    async fn learn_generated(&mut self, generator: &Value, folder: &Path) {
        let literals = texts(generator, "literals");
        let literals = literals.iter().filter_map(|text| text.split_once('='));
        self.secrets.extend(
            literals.flat_map(|(key, value)| secrets::with_parts(key, unquoted(value).into())),
        );
        for file in texts(generator, "files") {
            let (key, path) = file.split_once('=').unwrap_or((file, file));
            self.secrets.extend(
                self.bytes(&folder.join(path))
                    .await
                    .into_iter()
                    .flat_map(|bytes| secrets::with_parts(key, bytes)),
            );
        }
        for file in [texts(generator, "envs"), texts(generator, "env")].concat() {
            let bytes = self.bytes(&folder.join(file)).await.unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            let lines = text.lines().filter_map(|line| line.split_once('='));
            self.secrets.extend(
                lines.flat_map(|(key, value)| {
                    secrets::with_parts(key, unquoted(value.trim()).into())
                }),
            );
        }
    }
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(|c| matches!(c, '"' | '\''))
}

/// A file's bytes, or why there are none.
async fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("it cannot be read ({error})");
    let kind = fs::metadata(path).await.map_err(failed)?;
    if !kind.is_file() {
        return Err("it is no file".to_owned());
    }
    if kind.len() > FILE_MAX {
        return Err("it is larger than 1 MiB".to_owned());
    }
    fs::read(path).await.map_err(failed)
}

/// The values in a file, or why they cannot be read.
async fn read(path: &Path) -> Result<Vec<Value>, String> {
    documents::values(&bytes(path).await?, &mut Budget::new())
        .map_err(|fault| format!("it does not parse ({fault})"))
}
