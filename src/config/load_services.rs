//! Reads the settings of single services, each merged over its environment's.

use std::path::Path;

use ::config::{Value, ValueKind};

use crate::config::{
    EnvironmentConfig, check,
    error::Problem,
    layers::{Tree, merge, origin_of, take_section},
    problems::Problems,
    services::{SECTIONS, ServiceConfig, ServiceSelector, Services},
};

/// The key of the sections.
const SERVICES: &str = "services";

/// Removes the sections of single services from an environment's settings, which are read first.
pub(super) fn take_services(environment: &mut Tree) -> Result<Tree, Problem> {
    let services = take_section(environment, SERVICES);
    environment.insert(SERVICES.to_owned(), Value::new(None, ValueKind::Table(Tree::new())));
    services
}

impl Problems {
    /// Reads each of `sections` over the environment's own sections in `below`.
    pub(super) fn services(
        &mut self,
        environment: &EnvironmentConfig,
        below: &Tree,
        sections: &Tree,
        file: &Path,
        place: &dyn Fn(Problem) -> Problem,
    ) -> Services {
        let below = SECTIONS
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), below.get(*key)?.clone())))
            .collect();
        let mut names: Vec<&String> = sections.keys().collect();
        names.sort();
        let mut services = Services::new();
        for name in names {
            let selector = selector(environment, sections, name, file);
            match selector.and_then(|selector| Ok((own(sections, &selector, name)?, selector))) {
                Ok((own, selector)) => {
                    services.extend(
                        self.service(environment, &below, own, name, file, place)
                            .map(|config| (selector, config)),
                    );
                }
                Err(problem) => self.add(place(problem).into()),
            }
        }
        services
    }

    fn service(
        &mut self,
        environment: &EnvironmentConfig,
        below: &Tree,
        own: [Tree; 2],
        name: &str,
        file: &Path,
        place: &dyn Fn(Problem) -> Problem,
    ) -> Option<ServiceConfig> {
        let own = &self.note(merge(own));
        let mut merged = self.note(merge([below.clone(), own.clone()]));
        let section = format!("{SERVICES}.{name}");
        let shown = file.display().to_string();
        let place = |problem: Problem| {
            // A rule across several keys may be broken by a key of the service together with one of
            // the environment.
            let origin = origin_of(own, problem.path()).unwrap_or(&shown).to_owned();
            place(problem.inside(&section, Some(&origin)))
        };
        self.read(&mut merged, below, file, |config| check::service(environment, config), place)
    }
}

/// Which service a section is for, if a request can name it.
fn selector(
    environment: &EnvironmentConfig,
    sections: &Tree,
    name: &str,
    file: &Path,
) -> Result<ServiceSelector, Problem> {
    let problem = |message: &str| {
        let origin =
            sections[name].origin().map_or_else(|| file.display().to_string(), str::to_owned);
        Problem::new(&origin, &format!("{SERVICES}.{name}"), message)
    };
    let selector = ServiceSelector::parse(name).ok_or_else(|| problem(check::SERVICE_NAME))?;
    if environment.allow.may_name(&selector) {
        Ok(selector)
    } else {
        Err(problem(check::SERVICE_NOT_ALLOWED))
    }
}

/// The settings of a service: by name, overridden by namespace and name.
fn own(sections: &Tree, selector: &ServiceSelector, name: &str) -> Result<[Tree; 2], Problem> {
    let section = |name: &str| {
        take_section(&mut sections.clone(), name).map_err(|problem| problem.inside(SERVICES, None))
    };
    let wider =
        selector.namespace.as_ref().map(|_| section(selector.service.as_str())).transpose()?;
    Ok([wider.unwrap_or_default(), section(name)?])
}
