//! Puts the layers together: what boathook ships, the operator's files, the variables.

use std::{collections::BTreeMap, ffi::OsString, fs, io, path::Path};

use serde::de::DeserializeOwned;

use crate::{
    config::{
        Config, ConfigError, EnvironmentConfig, PromotionConfig, check,
        error::Problem,
        layers::{Tree, merge, origin_of, take_section, yaml},
        read::read,
        variables,
    },
    deployment::Environment,
};

/// What boathook ships, under everything else, so that an operator's older file lacks nothing.
const SHIPPED: &str = include_str!("../../config/default.yaml");
const SHIPPED_ORIGIN: &str = "default.yaml as shipped";

impl Config {
    /// Reads `default.yaml` and the environments' files in `directory`, then `BOATHOOK__...` among `variables`, and checks it all.
    ///
    /// The section `defaults` of `default.yaml` holds for every environment where its own file says nothing else. An environment
    /// without a file is none.
    pub fn load(directory: &Path, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Self, ConfigError> {
        refuse_stray_files(directory)?;
        let default_file = directory.join("default.yaml");
        let mut variables = variables::layer(variables)?;
        let mut of_environments = take_section(&mut variables, "environments")?;
        let mut globals = merge([yaml(SHIPPED_ORIGIN, SHIPPED)?, file(&default_file)?, variables])?;
        let defaults = take_section(&mut globals, "defaults")?;
        let globals = read_and_check(globals, &default_file, check::globals)?;
        let mut environments = BTreeMap::new();
        for environment in Environment::ALL {
            let own = take_section(&mut of_environments, environment.name())?;
            let path = directory.join(format!("{environment}.yaml"));
            if path.exists() || !own.is_empty() {
                let merged = merge([defaults.clone(), file(&path)?, own])?;
                let config = read_and_check(merged, &path, check::environment);
                environments.insert(environment, config.map_err(|problem| problem.below("defaults", &default_file))?);
            }
        }
        check_promotions(directory, &environments)?;
        Ok(globals.with(environments))
    }
}

fn read_and_check<T: DeserializeOwned>(tree: Tree, file: &Path, check: fn(&T) -> check::Findings) -> Result<T, Problem> {
    let file = file.display().to_string();
    let value: T = read(tree.clone(), &file)?;
    match check(&value).into_iter().next() {
        None => Ok(value),
        Some((path, message)) => {
            let origin = origin_of(&tree, &path).unwrap_or(&file);
            Err(Problem::new(origin, &path, message))
        }
    }
}

/// Where a success goes must be somewhere.
fn check_promotions(directory: &Path, environments: &BTreeMap<Environment, EnvironmentConfig>) -> Result<(), Problem> {
    let here = environments.keys().copied().collect::<Vec<_>>();
    let promoting = environments.iter().filter_map(|(from, config)| Some((*from, config.promotion.as_ref()?)));
    let fault = |(from, promotion): (Environment, &PromotionConfig)| Some((from, promotion.fault(from, &here)?));
    match promoting.filter_map(fault).next() {
        None => Ok(()),
        Some((from, (key, message))) => {
            let file = directory.join(format!("{from}.yaml"));
            Err(Problem::new(&file.display().to_string(), &format!("promotion.{key}"), message.to_owned()))
        }
    }
}

fn file(path: &Path) -> Result<Tree, ConfigError> {
    let text = fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { file: path.to_owned(), source })?;
    yaml(&path.display().to_string(), &text)
}

/// A misspelt name would otherwise be an environment silently left out.
fn refuse_stray_files(directory: &Path) -> Result<(), ConfigError> {
    let unreadable = |source: io::Error| ConfigError::Unreadable { file: directory.to_owned(), source };
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let stem = path.file_stem().unwrap_or_default();
        let known = stem == "default" || Environment::ALL.iter().any(|environment| stem == environment.name());
        let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if is_yaml && (!known || path.extension().is_some_and(|extension| extension == "yml")) {
            return Err(ConfigError::StrayFile(path));
        }
    }
    Ok(())
}
