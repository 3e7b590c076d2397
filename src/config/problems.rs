//! The problems of a configuration, collected while it is read.

use boathook_core::fault::Fault;
use serde::de::DeserializeOwned;

use crate::config::{
    ConfigError,
    error::Problem,
    layers::{Tree, origin_of, put_back},
    read::read,
};

/// The maximum number of wrong values to replace by defaults before the rest of a file is skipped.
const REPAIRS_MAX: usize = 64;

/// The problems so far.
#[derive(Default)]
pub(super) struct Problems {
    all: Vec<ConfigError>,
    /// How many problems were added, repeated ones too.
    reported: usize,
}

impl Problems {
    /// How many problems were added, repeated ones too.
    pub(super) const fn reported(&self) -> usize {
        self.reported
    }

    /// Each problem once, in the order in which they were found.
    pub(super) fn into_all(self) -> Vec<ConfigError> {
        self.all
    }

    /// Adds a problem; one that repeats for every environment is added once.
    pub(super) fn add(&mut self, problem: ConfigError) {
        self.reported += 1;
        if !self.all.iter().any(|known| known.to_string() == problem.to_string()) {
            self.all.push(problem);
        }
    }

    /// The value that was read; the default if it is a problem.
    pub(super) fn note<T: Default>(&mut self, read: Result<T, impl Into<ConfigError>>) -> T {
        read.unwrap_or_else(|problem| {
            self.add(problem.into());
            T::default()
        })
    }

    /// Reads a section and checks it. A wrong value is reset to its default, so that the values
    /// after it are read too.
    pub(super) fn read<T: DeserializeOwned>(
        &mut self,
        section: &mut Section<'_>,
        faults: impl Fn(&T) -> Vec<Fault>,
    ) -> Option<T> {
        for _ in 0..REPAIRS_MAX {
            match read::<T>(section.tree.clone(), section.file) {
                Ok(value) => {
                    for fault in faults(&value) {
                        self.add((section.place)(section.problem(fault)).into());
                    }
                    return Some(value);
                }
                Err(problem) => {
                    let is_repaired = put_back(&mut section.tree, section.defaults, problem.path());
                    self.add((section.place)(problem).into());
                    if !is_repaired {
                        return None;
                    }
                }
            }
        }
        None
    }
}

/// A merged section of settings.
pub(super) struct Section<'a> {
    pub tree: Tree,
    /// What takes the place of a wrong value.
    pub defaults: &'a Tree,
    /// The file that problems are put down to if no file or variable has the key.
    pub file: &'a str,
    /// Where a problem is for the operator.
    pub place: &'a dyn Fn(Problem) -> Problem,
}

impl Section<'_> {
    fn problem(&self, Fault { key, message }: Fault) -> Problem {
        Problem::new(origin_of(&self.tree, &key).unwrap_or(self.file), &key, message)
    }
}
