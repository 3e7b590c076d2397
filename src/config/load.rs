//! Merges the layers: the shipped defaults, the operator's files, the variables.

use std::{collections::BTreeMap, ffi::OsString, fs, path::Path};

use ::config::{Value, ValueKind};
use boathook_core::deployment::{Environment, Environments, NamedEnvironment};

use crate::config::{
    Config, ConfigError, EnvironmentConfig,
    environment_files::{DEFAULT_FILE, EnvironmentFiles},
    error::Problem,
    layers::{Tree, merge, take_section, yaml},
    load_services::{ServiceSections, take_services},
    older_files,
    problems::{Problems, Section},
    references, variables,
};

/// The shipped defaults, under everything else, so that an older file of the operator lacks
/// nothing.
const SHIPPED: &str = include_str!("../../config/default.yaml");
const SHIPPED_ORIGIN: &str = "default.yaml as shipped";
/// The key of an environment's folder, and where the folder is without it.
const MANIFESTS: &str = "manifests";

/// The result of reading everything, with its problems.
#[derive(Debug)]
pub struct Examined {
    /// The settings, with defaults in place of wrong values, and without the environments that have
    /// problems.
    pub config: Option<Config>,
    /// All problems, in the order in which they were read.
    pub problems: Vec<ConfigError>,
}

impl Config {
    /// Reads `default.yaml` and each environment's `NAME.yaml` in `directory`, then
    /// `BOATHOOK__...` among `variables`, and checks it all.
    ///
    /// The section `defaults` of `default.yaml` applies to every environment, unless its own file
    /// overrides it. An environment needs a file.
    pub fn load(
        directory: &Path,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let Examined { config, problems } = Self::examine(directory, variables);
        match (problems.into_iter().next(), config) {
            (None, config) => Ok(config.expect("what could not be read is a problem")),
            (Some(problem), _) => Err(problem),
        }
    }

    /// Reads the same, but collects all errors instead of stopping at the first.
    pub fn examine(
        directory: &Path,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Examined {
        let mut problems = Problems::default();
        let EnvironmentFiles { files, stray } = match EnvironmentFiles::find(directory) {
            Ok(found) => found,
            Err(problem) => return Examined { config: None, problems: vec![problem] },
        };
        stray.into_iter().for_each(|problem| problems.add(problem));
        let files = with_short_names(
            files.iter().map(|(environment, path)| (*environment, file(path))).collect(),
        );
        let default_file = directory.join(DEFAULT_FILE);
        let mut variables = problems.note(variables::layer(variables, &named(&files)));
        let mut of_environments = problems.note(take_section(&mut variables, "environments"));
        let mut shipped = problems.note(yaml(SHIPPED_ORIGIN, SHIPPED));
        let own = problems.note(file(&default_file));
        let mut merged = merge([shipped.clone(), own, variables]);
        let mut defaults = problems.note(take_section(&mut merged, "defaults"));
        older_files::leave_out_shared_folder(&mut defaults);
        let shipped_defaults = problems.note(take_section(&mut shipped, "defaults"));
        let default_file = default_file.display().to_string();
        let mut section = Section {
            tree: merged,
            defaults: &shipped,
            file: &default_file,
            place: &|problem| problem,
        };
        let config = problems.read(&mut section, Config::faults);
        let mut environments = BTreeMap::new();
        for (environment, file) in files {
            let own = problems.note(take_section(&mut of_environments, environment.name()));
            let layers = EnvironmentLayers {
                environment,
                defaults: &defaults,
                path: &directory.join(format!("{environment}.yaml")),
                file,
                variables: own,
                shipped: &shipped_defaults,
                default_file: &default_file,
            };
            let config = layers.read(&mut problems);
            environments.extend(config.map(|config| (environment, config)));
        }
        let mut config = config.map(|config| Config { environments, ..config });
        if let Some(config) = config.as_mut().filter(|_| problems.reported() == 0) {
            problems.note(references::resolve(config, directory));
        }
        Examined { config, problems: problems.into_all() }
    }
}

/// The environments' files, as far as they could be read.
type Files = BTreeMap<Environment, Result<Tree, ConfigError>>;

fn with_short_names(mut files: Files) -> Files {
    let known = named(&files);
    for (environment, file) in &mut files {
        if let Ok(file) = file {
            older_files::add_short_name(*environment, file, &known);
        }
    }
    files
}

/// The environments and their aliases as the files have them, for the variables' names.
fn named(files: &Files) -> Environments {
    let text = |value: &Value| match &value.kind {
        ValueKind::String(text) => Environment::of(text),
        _ => None,
    };
    let aliases = |tree: &Tree| match tree.get("aliases").map(|value| &value.kind) {
        Some(ValueKind::Array(aliases)) => aliases.iter().filter_map(text).collect(),
        _ => Vec::new(),
    };
    let all = files.iter().map(|(name, file)| NamedEnvironment {
        name: *name,
        aliases: file.as_ref().map(aliases).unwrap_or_default(),
    });
    Environments::new(all.collect())
}

/// What an environment's settings are merged from, and read with.
struct EnvironmentLayers<'a> {
    environment: Environment,
    defaults: &'a Tree,
    /// The environment's own file.
    path: &'a Path,
    /// What is in it.
    file: Result<Tree, ConfigError>,
    variables: Tree,
    /// The shipped defaults alone.
    shipped: &'a Tree,
    /// The file in which the defaults are below a section of their own.
    default_file: &'a str,
}

impl EnvironmentLayers<'_> {
    /// Reads them; none if anything is wrong.
    fn read(self, problems: &mut Problems) -> Option<EnvironmentConfig> {
        let before = problems.reported();
        let place = |problem: Problem| problem.below("defaults", self.default_file);
        let own = problems.note(self.file);
        if problems.reported() > before {
            return None;
        }
        let mut tree = merge([self.defaults.clone(), own, self.variables]);
        if tree.get(MANIFESTS).is_none_or(|folder| folder.kind == ValueKind::Nil) {
            let folder = format!("{MANIFESTS}/{}", self.environment);
            tree.insert(MANIFESTS.to_owned(), Value::new(None, folder));
        }
        let sections = problems.note(take_services(&mut tree).map_err(place));
        let file = self.path.display().to_string();
        let mut section = Section { tree, defaults: self.shipped, file: &file, place: &place };
        let mut config = problems.read(&mut section, EnvironmentConfig::faults)?;
        let services =
            ServiceSections { environment: &config, below: &section, sections: &sections };
        config.services = services.read(problems);
        Some(config).filter(|_| problems.reported() == before)
    }
}

fn file(path: &Path) -> Result<Tree, ConfigError> {
    let text = fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { file: path.to_owned(), source })?;
    yaml(&path.display().to_string(), &text)
}
