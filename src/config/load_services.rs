//! Reads the settings of single services, each merged over its environment's.

use std::collections::BTreeMap;

use serde::de::Error as _;

use crate::config::{
    EnvironmentConfig,
    error::Problem,
    layers::{Tree, merge, origin_of, section_of, take_section},
    problems::{Problems, Section},
    services::{SETTINGS, ServiceSelector},
};

/// The key of the sections.
const SERVICES: &str = "services";
/// The problem of a key under `services` that is no service's name.
const NO_SERVICE: &str =
    "is no service: write NAME, or NAMESPACE/NAME, each at most 63 of a-z, 0-9 and `-`";
/// The problem of a service with settings that no request can name.
const NOT_ALLOWED: &str = "is never deployed here: allow.services and allow.namespaces do not name it; correct the name, or allow it there";

/// Removes the sections of single services from an environment's settings, which are read first.
pub(super) fn take_services(environment: &mut Tree) -> Result<Tree, Problem> {
    let services = take_section(environment, SERVICES);
    environment.insert(SERVICES.to_owned(), section_of(Tree::new()));
    services
}

/// The sections of services in an environment.
pub(super) struct ServiceSections<'a> {
    pub environment: &'a EnvironmentConfig,
    /// The environment's own settings.
    pub below: &'a Section<'a>,
    pub sections: &'a Tree,
}

impl ServiceSections<'_> {
    /// Reads each section over the environment's own.
    pub(super) fn read(
        &self,
        problems: &mut Problems,
    ) -> BTreeMap<ServiceSelector, EnvironmentConfig> {
        let mut names: Vec<&String> = self.sections.keys().collect();
        names.sort();
        let mut services = BTreeMap::new();
        for name in names {
            match self.own(name) {
                Ok((selector, own)) => {
                    let config = self.read_one(problems, name, own);
                    services.extend(config.map(|config| (selector, config)));
                }
                Err(problem) => problems.add((self.below.place)(problem).into()),
            }
        }
        services
    }

    fn read_one(
        &self,
        problems: &mut Problems,
        name: &str,
        own: Tree,
    ) -> Option<EnvironmentConfig> {
        let place = |problem: Problem| {
            // A rule across several keys may be broken by a key of the service together with one of
            // the environment.
            let origin = origin_of(&own, problem.path()).unwrap_or(self.below.file).to_owned();
            (self.below.place)(problem.inside(&format!("{SERVICES}.{name}"), Some(&origin)))
        };
        let mut settable = own.clone();
        for problem in take_others(&mut settable) {
            problems.add(place(problem).into());
        }
        let below = &self.below.tree;
        let tree = merge([below.clone(), settable]);
        let mut section = Section { tree, defaults: below, file: self.below.file, place: &place };
        let known = self.environment.faults();
        problems.read(&mut section, |config: &EnvironmentConfig| {
            config.faults().into_iter().filter(|fault| !known.contains(fault)).collect()
        })
    }

    /// Which service a section is for, if a request can name it, and the service's settings: those
    /// by name, overridden by those by namespace and name.
    fn own(&self, name: &str) -> Result<(ServiceSelector, Tree), Problem> {
        let problem = |message: &str| {
            let origin = self.sections[name].origin().unwrap_or(self.below.file);
            Problem::new(origin, &format!("{SERVICES}.{name}"), message)
        };
        let selector = ServiceSelector::parse(name).ok_or_else(|| problem(NO_SERVICE))?;
        if !self.environment.allow.may_name(&selector) {
            return Err(problem(NOT_ALLOWED));
        }
        let section = |name: &str| {
            take_section(&mut self.sections.clone(), name)
                .map_err(|problem| problem.inside(SERVICES, None))
        };
        let by_name = match selector.namespace {
            Some(_) => section(selector.service.as_str())?,
            None => Tree::new(),
        };
        let own = merge([by_name, section(name)?]);
        Ok((selector, own))
    }
}

/// Removes what only an environment can set.
fn take_others(own: &mut Tree) -> Vec<Problem> {
    let others = |(key, _): &(&String, _)| !SETTINGS.contains(&key.as_str());
    let mut keys: Vec<String> = own.iter().filter(others).map(|(key, _)| key.clone()).collect();
    keys.sort();
    own.retain(|key, _| !keys.contains(key));
    keys.iter().map(|key| Problem::unknown_field(key, &SETTINGS).at("", key)).collect()
}
