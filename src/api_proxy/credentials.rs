//! The kubeconfig and the files that it names, as they were when the proxy started: `kubectl proxy`
//! reads them then, and some of them never again.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use serde_yaml::Value;

use crate::cluster::Tools;

/// The keys of a kubeconfig that name a file, from the kubeconfig's own folder.
const FILES: [&str; 4] = ["tokenFile", "client-certificate", "client-key", "certificate-authority"];

/// The files, each with its state; it reads files, and so blocks.
#[derive(Clone)]
pub(super) struct Credentials(Vec<(PathBuf, Option<Stamp>)>);

/// What differs once a file is replaced or written.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    file: (u64, u64),
    length: u64,
    modified: (i64, i64),
}

impl Credentials {
    pub(super) fn of(tools: &Tools) -> Self {
        let kubeconfigs = tools.kubeconfigs();
        let named = kubeconfigs.iter().flat_map(|path| named_in(path)).collect::<Vec<_>>();
        let stamped = |path: PathBuf| {
            let stamp = Stamp::of(&path);
            (path, stamp)
        };
        Self(kubeconfigs.into_iter().chain(named).map(stamped).collect())
    }

    /// Whether all of them are as they were.
    pub(super) fn are_current(&self) -> bool {
        self.0.iter().all(|(path, stamp)| Stamp::of(path) == *stamp)
    }
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        Some(Self {
            file: (found.dev(), found.ino()),
            length: found.len(),
            modified: (found.mtime(), found.mtime_nsec()),
        })
    }
}

fn named_in(kubeconfig: &Path) -> Vec<PathBuf> {
    let read = fs::read(kubeconfig).ok().and_then(|text| serde_yaml::from_slice(&text).ok());
    let Some(Value::Mapping(entries)) = read else { return Vec::new() };
    let folder = kubeconfig.parent().unwrap_or(Path::new("."));
    let entry = |list: &str, of: &str| {
        let list = entries.get(list).and_then(Value::as_sequence).into_iter().flatten();
        list.filter_map(|item| item.get(of)).cloned().collect::<Vec<_>>()
    };
    let mut owners = entry("users", "user");
    owners.extend(entry("clusters", "cluster"));
    let files = owners.iter().flat_map(|owner| FILES.map(|key| owner.get(key)));
    files.flatten().filter_map(Value::as_str).map(|file| folder.join(file)).collect()
}
