//! The problems of a configuration, collected while it is read.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::config::{
    ConfigError, check,
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

    /// Reads a tree and checks it. A wrong value is reset to its default, so that the values after
    /// it are read too.
    pub(super) fn read<T: DeserializeOwned>(
        &mut self,
        tree: &mut Tree,
        shipped: &Tree,
        file: &Path,
        check: impl Fn(&T) -> check::Findings,
        place: impl Fn(Problem) -> Problem,
    ) -> Option<T> {
        let file = file.display().to_string();
        for _ in 0..REPAIRS_MAX {
            match read::<T>(tree.clone(), &file) {
                Ok(value) => {
                    let found = check(&value).into_iter();
                    let found = found.map(|(path, message)| {
                        Problem::new(origin_of(tree, &path).unwrap_or(&file), &path, message)
                    });
                    found.for_each(|problem| self.add(place(problem).into()));
                    return Some(value);
                }
                Err(problem) => {
                    let repaired = put_back(tree, shipped, problem.path());
                    self.add(place(problem).into());
                    if !repaired {
                        return None;
                    }
                }
            }
        }
        None
    }
}
