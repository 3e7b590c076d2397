//! Which files of the configuration's folder make an environment.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use boathook_core::deployment::{Environment, InvalidEnvironment};

use crate::config::ConfigError;

/// The file of the whole program's settings.
pub(super) const DEFAULT_FILE: &str = "default.yaml";

/// Names that would be taken for something else: the file of the whole program's settings, and two
/// of its sections.
const RESERVED: [&str; 3] = ["default", "defaults", "services"];

/// The environments' files, and what is wrong with files that look like one.
#[derive(Debug, Default)]
pub(super) struct EnvironmentFiles {
    pub files: BTreeMap<Environment, PathBuf>,
    pub stray: Vec<ConfigError>,
}

impl EnvironmentFiles {
    /// Looks through the folder. Hidden files, and those that do not end in `.yaml` or `.yml`, are
    /// somebody else's: an editor's, a backup, a token.
    pub(super) fn find(directory: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => ConfigError::NoFolder(directory.to_owned()),
            _ => ConfigError::Unreadable { file: directory.to_owned(), source },
        };
        let mut paths = Vec::new();
        for entry in fs::read_dir(directory).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            if !entry.file_name().as_encoded_bytes().starts_with(b".") {
                paths.push(entry.path());
            }
        }
        paths.sort();
        let mut found = Self::default();
        paths.into_iter().for_each(|path| found.take(path));
        Ok(found)
    }

    fn take(&mut self, path: PathBuf) {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let stem = stem.unwrap_or_default();
        let what = match path.extension().and_then(|extension| extension.to_str()) {
            Some("yaml") if stem == "default" => return,
            Some("yaml") => match is_free(&stem) {
                Ok(environment) => return drop(self.files.insert(environment, path)),
                Err(what) => what,
            },
            Some("yml") => "the files here end in .yaml".to_owned(),
            _ => return,
        };
        self.stray.push(ConfigError::StrayFile { file: path, what });
    }
}

/// The environment that may have this name or alias, or why none may.
pub(super) fn is_free(name: &str) -> Result<Environment, String> {
    if RESERVED.contains(&name) {
        return Err(format!(
            "no environment can be called `{name}`, which is a word of {DEFAULT_FILE}"
        ));
    }
    name.parse().map_err(|error: InvalidEnvironment| error.to_string())
}
