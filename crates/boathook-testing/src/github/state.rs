//! What the fake remembers.

use std::collections::VecDeque;

use boathook::github::GitHubResponse;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::github::{Fault, repository::Repository};

#[derive(Default)]
pub(super) struct State {
    pub repositories: Vec<Repository>,
    /// Tokens and whose they are.
    pub tokens: Vec<(String, String)>,
    /// What the next requests come to, whatever they ask.
    pub faults: VecDeque<Fault>,
    /// The same for all requests below a path.
    pub broken: Vec<(String, Fault)>,
    pub rate: Rate,
    pub rights: Rights,
    /// How far GitHub's clock is ahead.
    pub ahead: SignedDuration,
    pub last_id: u64,
    /// Bytes that an answer may have; what is larger does not arrive.
    pub answer_max: Option<usize>,
    /// Each request with the status of its answer.
    pub log: Vec<String>,
}

/// What those who sign in may do.
pub(super) struct Rights {
    /// Of a classic token; none of another.
    pub scopes: Option<String>,
    /// Whether the token's user may write to repositories.
    pub may_push: bool,
    /// The app's permission for deployments.
    pub app: Option<String>,
    /// The path of a repository that nobody may see.
    pub hidden: Option<String>,
    /// When tokens end.
    pub token_end: Option<String>,
    /// What is shown of every repository beside what it has.
    pub shown: Map<String, Value>,
}

impl Default for Rights {
    fn default() -> Self {
        Self {
            scopes: None,
            may_push: true,
            app: Some("write".to_owned()),
            hidden: None,
            token_end: None,
            shown: Map::new(),
        }
    }
}

/// How many requests are left in this hour.
pub(super) struct Rate {
    pub limit: u64,
    pub remaining: u64,
    pub reset: Option<Timestamp>,
}

impl Default for Rate {
    fn default() -> Self {
        Self { limit: 5000, remaining: 5000, reset: None }
    }
}

impl State {
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The repository of that name, and whether the name is an old one.
    pub fn named(&mut self, name: &str) -> Option<(&mut Repository, bool)> {
        let has = |one: &str| one.eq_ignore_ascii_case(name);
        let all = &mut self.repositories;
        let found = all.iter().position(|one| one.names.last().is_some_and(|one| has(one)));
        let found = found.map(|at| (at, false));
        let old = || all.iter().position(|one| one.names.iter().any(|one| has(one)));
        let (at, is_old) = found.or_else(|| old().map(|at| (at, true)))?;
        Some((&mut self.repositories[at], is_old))
    }

    /// Begins another hour of requests, if the last one is over.
    pub fn renew(&mut self, now: Timestamp) {
        let hour = jiff::SignedDuration::from_hours(1);
        if self.rate.reset.is_none_or(|reset| reset <= now) {
            self.rate.remaining = self.rate.limit;
            self.rate.reset = Some(now + hour);
        }
    }

    /// Counts a request and says what is left; none if nothing was.
    pub fn count(&mut self, now: Timestamp) -> Option<()> {
        self.renew(now);
        self.rate.remaining = self.rate.remaining.checked_sub(1)?;
        Some(())
    }

    /// The time of an answer.
    pub fn date_header(&self, now: Timestamp, response: &mut GitHubResponse) {
        let date = (now + self.ahead).strftime("%a, %d %b %Y %H:%M:%S GMT");
        response.headers.push(("date".to_owned(), date.to_string()));
    }

    /// The headers that every answer has to someone who is known.
    pub fn headers(&self, response: &mut GitHubResponse) {
        let Rate { limit, remaining, reset } = &self.rate;
        let reset = reset.map_or(0, Timestamp::as_second);
        for (name, value) in [
            ("x-ratelimit-limit", limit.to_string()),
            ("x-ratelimit-remaining", remaining.to_string()),
            ("x-ratelimit-reset", reset.to_string()),
        ] {
            response.headers.push((name.to_owned(), value));
        }
        if let Some(end) = &self.rights.token_end {
            let name = "github-authentication-token-expiration".to_owned();
            response.headers.push((name, end.clone()));
        }
        if let Some(scopes) = &self.rights.scopes {
            response.headers.push(("x-oauth-scopes".to_owned(), scopes.clone()));
        }
    }
}
