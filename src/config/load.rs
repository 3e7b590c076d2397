//! Merges the layers: the shipped defaults, the operator's files, the variables.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use boathook_core::{deployment::Environment, fault::Fault};

use crate::config::{
    Config, ConfigError, EnvironmentConfig,
    error::Problem,
    layers::{Tree, merge, take_section, yaml},
    load_services::{ServiceSections, take_services},
    problems::{Problems, Section},
    variables,
};

/// The shipped defaults, under everything else, so that an older file of the operator lacks
/// nothing.
const SHIPPED: &str = include_str!("../../config/default.yaml");
const SHIPPED_ORIGIN: &str = "default.yaml as shipped";

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
    /// Reads `default.yaml` and the environments' files in `directory`, then `BOATHOOK__...` among
    /// `variables`, and checks it all.
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
        match stray_files(directory) {
            Err(problem) => return Examined { config: None, problems: vec![problem] },
            Ok(files) => {
                files.into_iter().for_each(|file| problems.add(ConfigError::StrayFile(file)))
            }
        }
        let default_file = directory.join("default.yaml");
        let mut variables = problems.note(variables::layer(variables));
        let mut of_environments = problems.note(take_section(&mut variables, "environments"));
        let mut shipped = problems.note(yaml(SHIPPED_ORIGIN, SHIPPED));
        let own = problems.note(file(&default_file));
        let mut merged = merge([shipped.clone(), own, variables]);
        let defaults = problems.note(take_section(&mut merged, "defaults"));
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
        for environment in Environment::ALL {
            let own = problems.note(take_section(&mut of_environments, environment.name()));
            let path = directory.join(format!("{environment}.yaml"));
            if path.exists() || !own.is_empty() {
                let layers = EnvironmentLayers {
                    defaults: &defaults,
                    path: &path,
                    variables: own,
                    shipped: &shipped_defaults,
                    default_file: &default_file,
                };
                let config = layers.read(&mut problems);
                environments.extend(config.map(|config| (environment, config)));
            }
        }
        if problems.reported() == 0 {
            problems.note(check_promotions(directory, &environments));
        }
        Examined {
            config: config.map(|config| Config { environments, ..config }),
            problems: problems.into_all(),
        }
    }
}

/// The target of a promotion must exist.
fn check_promotions(
    directory: &Path,
    environments: &BTreeMap<Environment, EnvironmentConfig>,
) -> Result<(), Problem> {
    let here = environments.keys().copied().collect::<Vec<_>>();
    let promoting =
        environments.iter().filter_map(|(from, config)| Some((*from, config.promotion.as_ref()?)));
    let mut faults =
        promoting.filter_map(|(from, promotion)| Some((from, promotion.fault(from, &here)?)));
    let Some((from, Fault { key, message })) = faults.next() else { return Ok(()) };
    let file = directory.join(format!("{from}.yaml")).display().to_string();
    Err(Problem::new(&file, &format!("promotion.{key}"), message))
}

/// What an environment's settings are merged from, and read with.
struct EnvironmentLayers<'a> {
    defaults: &'a Tree,
    /// The environment's own file.
    path: &'a Path,
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
        let own = problems.note(file(self.path));
        if problems.reported() > before {
            return None;
        }
        let mut tree = merge([self.defaults.clone(), own, self.variables]);
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

/// Files that no environment reads: a misspelt name would otherwise silently omit an environment.
fn stray_files(directory: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ConfigError::NoFolder(directory.to_owned()),
        _ => ConfigError::Unreadable { file: directory.to_owned(), source },
    };
    let mut stray = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let stem = path.file_stem().unwrap_or_default();
        let known = stem == "default"
            || Environment::ALL.iter().any(|environment| stem == environment.name());
        let is_yaml =
            path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if is_yaml && (!known || path.extension().is_some_and(|extension| extension == "yml")) {
            stray.push(path);
        }
    }
    stray.sort();
    Ok(stray)
}
