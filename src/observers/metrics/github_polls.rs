//! How asking GitHub for deployments goes: what its answers came to, what became of the deployments,
//! and for each repository when it was last read, and what went wrong last.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use strum::{EnumIter, IntoEnumIterator as _, IntoStaticStr};

use boathook_core::deployment::RequestOutcome;

use crate::observers::metrics::{SourceFailure, requests::OF_SOURCES};

/// What asking once for a repository's deployments came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, EnumIter)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum PollResult {
    /// All that GitHub listed is taken.
    Ok,
    /// Nothing has changed.
    NotModified,
    /// GitHub grants no more requests for now.
    Limited,
    Failed,
}

/// The state of one repository that boathook asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RepositoryState {
    /// When its deployments were last read; none if they were not since boathook started.
    pub read_at: Option<Timestamp>,
    /// Whether the last poll came to nothing.
    pub is_failing: bool,
    /// What went wrong last.
    pub failure: Option<SourceFailure>,
}

/// Counts by result, and the state of each repository. Clones are cheap and share one count.
#[derive(Clone, Debug)]
pub struct GitHubPolls(Arc<Mutex<Polls>>);

#[derive(Debug)]
struct Polls {
    polls: BTreeMap<PollResult, u64>,
    deployments: BTreeMap<&'static str, u64>,
    repositories: BTreeMap<String, RepositoryState>,
}

impl GitHubPolls {
    /// Sets the repositories that are asked for; the state of known ones stays.
    pub fn watch(&self, repositories: &[&str]) {
        let mut polls = self.lock();
        polls.repositories.retain(|name, _| repositories.contains(&name.as_str()));
        for name in repositories {
            polls.repositories.entry((*name).to_owned()).or_default();
        }
    }

    /// Counts a poll after which all that GitHub lists of a repository is taken.
    pub fn record_read(&self, repository: &str, result: PollResult, at: Timestamp) {
        self.note(repository, result, |state| {
            state.read_at = Some(at);
            state.is_failing = false;
        });
    }

    /// Counts a poll that came to nothing, and keeps why.
    pub fn record_failure(&self, repository: &str, result: PollResult, failure: SourceFailure) {
        self.note(repository, result, |state| {
            state.failure = Some(failure);
            state.is_failing = true;
        });
    }

    /// Counts a deployment that asked for something.
    pub fn record_deployment(&self, became: RequestOutcome) {
        *self.lock().deployments.entry(became.into_str()).or_default() += 1;
    }

    /// Each repository with its state.
    #[must_use]
    pub fn repositories(&self) -> Vec<(String, RepositoryState)> {
        let polls = self.lock();
        polls.repositories.iter().map(|(name, state)| (name.clone(), state.clone())).collect()
    }

    /// Polls by result.
    pub(super) fn polls(&self) -> BTreeMap<[String; 1], u64> {
        let polls = self.lock();
        let each = polls.polls.iter();
        each.map(|(result, count)| ([result.into_str().to_owned()], *count)).collect()
    }

    /// Deployments by what became of them.
    pub(super) fn deployments(&self) -> BTreeMap<[String; 1], u64> {
        let polls = self.lock();
        let each = polls.deployments.iter();
        each.map(|(became, count)| ([(*became).to_owned()], *count)).collect()
    }

    /// When each repository was read last, in seconds since 1970; 0 if it was not.
    pub(super) fn read_at(&self) -> Vec<([String; 1], f64)> {
        let polls = self.lock();
        let seconds = |state: &RepositoryState| {
            state.read_at.map_or(0.0, |at| at.as_duration().as_secs_f64())
        };
        let each = polls.repositories.iter();
        each.map(|(name, state)| ([name.clone()], seconds(state))).collect()
    }

    fn note(
        &self,
        repository: &str,
        result: PollResult,
        change: impl FnOnce(&mut RepositoryState),
    ) {
        let mut polls = self.lock();
        *polls.polls.entry(result).or_default() += 1;
        change(polls.repositories.entry(repository.to_owned()).or_default());
    }

    fn lock(&self) -> MutexGuard<'_, Polls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for GitHubPolls {
    /// A series that begins with its first event would hide it.
    fn default() -> Self {
        let polls = PollResult::iter().map(|result| (result, 0)).collect();
        let deployments = OF_SOURCES.map(|became| (became.into_str(), 0)).into();
        Self(Arc::new(Mutex::new(Polls { polls, deployments, repositories: BTreeMap::new() })))
    }
}
