//! The fake, as tests see it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use boathook::github::{Credential, GitHub, GitHubRequest, GitHubResponse, Transport, Unreachable};
use boathook_core::clock::Clock;
use futures_util::{FutureExt, future::BoxFuture};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::github::{
    Fault, Received,
    app::{is_for_token, token},
    comments::Comment,
    repository::Repository,
    responses::plain,
    routes::answer,
    state::State,
};

/// The token that the fake knows, of the user `ci`.
pub const TOKEN: &str = "github_pat_for_tests_0123456789";
/// A classic token of the same user.
pub const CLASSIC_TOKEN: &str = "ghp_for_tests_0123456789";
/// Where the fake is for who asks in process.
const API: &str = "https://api.github.example";

/// A GitHub in this process.
#[derive(Clone)]
pub struct FakeGitHub {
    state: Arc<Mutex<State>>,
    clock: Clock,
}

impl FakeGitHub {
    /// A GitHub without repositories, on this clock.
    pub fn new(clock: Clock) -> Self {
        let tokens = [TOKEN, CLASSIC_TOKEN];
        let tokens = tokens.map(|token| (format!("Bearer {token}"), "ci".to_owned())).to_vec();
        let state = State { tokens, last_id: 1000, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)), clock }
    }

    /// A client with the known token.
    pub fn client(&self) -> GitHub {
        self.client_with(Credential::Token(TOKEN.to_owned()))
    }

    pub fn client_with(&self, credential: Credential) -> GitHub {
        GitHub::new(API.to_owned(), credential, Arc::new(self.clone()), self.clock.clone())
    }

    pub fn repository(&self, name: &str) {
        let mut state = self.state();
        let id = state.next_id();
        let names = vec![name.to_owned()];
        let repository = Repository {
            id,
            names,
            deployments: Vec::new(),
            comments: Vec::new(),
            has_failing_checks: false,
        };
        state.repositories.push(repository);
    }

    /// Gives a repository another name; the old one redirects.
    pub fn rename(&self, name: &str, to: &str) {
        let mut state = self.state();
        state.named(name).expect("the repository is there").0.rename(to);
    }

    /// Shows another value of a deployment than it has.
    pub fn spoil(&self, name: &str, deployment: u64, key: &str, value: Value) {
        let mut state = self.state();
        let (repository, _) = state.named(name).expect("the repository is there");
        repository.deployment(deployment).expect("it is there").shown[key] = value;
    }

    /// Takes a repository away.
    pub fn remove(&self, name: &str) {
        self.state().repositories.retain(|one| one.names.last().is_none_or(|last| last != name));
    }

    /// Says that the commit statuses of its branches have failed.
    pub fn fail_checks(&self, name: &str) {
        self.state().named(name).expect("the repository is there").0.has_failing_checks = true;
    }

    /// Someone creates a deployment; the answer is its number.
    pub fn deploy(&self, repository: &str, creator: &str, body: Value) -> u64 {
        let now = self.clock.now();
        let mut state = self.state();
        let id = state.next_id();
        let (repository, _) = state.named(repository).expect("the repository is there");
        repository.create(id, &body, creator, now).expect("GitHub creates it");
        id
    }

    /// The statuses of a deployment, the oldest first: `state: description`.
    pub fn statuses(&self, deployment: u64) -> Vec<String> {
        let of = |status: Value| {
            let text = |key: &str| status[key].as_str().unwrap_or_default().to_owned();
            format!("{}: {}", text("state"), text("description"))
        };
        self.raw_statuses(deployment).into_iter().map(of).collect()
    }

    /// The same as GitHub keeps them.
    pub fn raw_statuses(&self, deployment: u64) -> Vec<Value> {
        let mut state = self.state();
        let all = state.repositories.iter_mut();
        let found = all.filter_map(|one| one.deployment(deployment)).next();
        found.map(|one| one.statuses.clone()).unwrap_or_default()
    }

    /// The deployments of a repository, the oldest first.
    pub fn deployments(&self, repository: &str) -> Vec<Value> {
        let mut state = self.state();
        let (repository, _) = state.named(repository).expect("the repository is there");
        repository.deployments.iter().map(|one| one.shown.clone()).collect()
    }

    /// Someone comments on a pull request.
    pub fn comment(&self, repository: &str, issue: u64, author: &str, body: &str) {
        let mut state = self.state();
        let id = state.next_id();
        let (repository, _) = state.named(repository).expect("the repository is there");
        let author = author.to_owned();
        let body = body.to_owned();
        repository.comments.push(Comment { id, issue, author, body });
    }

    /// The comments of a repository, the oldest first: who wrote them, and what.
    pub fn comments(&self, repository: &str) -> Vec<(String, String)> {
        let mut state = self.state();
        let (repository, _) = state.named(repository).expect("the repository is there");
        let one = |one: &Comment| (one.author.clone(), one.body.clone());
        repository.comments.iter().map(one).collect()
    }

    /// What the next request comes to, after those that were said before.
    pub fn fail_next(&self, fault: Fault) {
        self.state().faults.push_back(fault);
    }

    /// What all requests below a path come to, until it is mended.
    pub fn break_at(&self, path: &str, fault: Fault) {
        self.state().broken.push((path.to_owned(), fault));
    }

    pub fn mend(&self) {
        let mut state = self.state();
        state.broken.clear();
        state.faults.clear();
    }

    /// How many requests are left in this hour.
    pub fn set_remaining(&self, remaining: u64) {
        let mut state = self.state();
        state.rate.remaining = remaining;
        state.rate.reset = Some(self.clock.now() + SignedDuration::from_mins(20));
    }

    pub fn remaining(&self) -> u64 {
        self.state().rate.remaining
    }

    /// The classic token has these scopes.
    pub fn set_scopes(&self, scopes: &str) {
        self.state().rights.scopes = Some(scopes.to_owned());
    }

    /// The token's user may not write to repositories.
    pub fn forbid_push(&self) {
        self.state().rights.may_push = false;
    }

    /// The app has this permission for deployments.
    pub fn set_app_permission(&self, permission: Option<&str>) {
        self.state().rights.app = permission.map(str::to_owned);
    }

    /// Shows another value of every repository than it has.
    pub fn show_of_repositories(&self, key: &str, value: Value) {
        self.state().rights.shown.insert(key.to_owned(), value);
    }

    /// Shows the deployments of a repository, and not the repository itself.
    pub fn hide_repository(&self, name: &str) {
        self.state().rights.hidden = Some(format!("/repos/{name}"));
    }

    /// Tokens end then, in GitHub's words.
    pub fn set_token_end(&self, end: &str) {
        self.state().rights.token_end = Some(end.to_owned());
    }

    /// GitHub's clock is ahead by this much.
    pub fn set_ahead(&self, ahead: SignedDuration) {
        self.state().ahead = ahead;
    }

    /// The list has a deployment only later: another of GitHub's servers knows it.
    pub fn hide(&self, deployment: u64, is_hidden: bool) {
        let mut state = self.state();
        let mut all = state.repositories.iter_mut();
        let found = all.find_map(|one| one.deployment(deployment)).expect("it is there");
        found.is_hidden = is_hidden;
    }

    /// Answers of more bytes do not arrive.
    pub fn set_answer_max(&self, bytes: usize) {
        self.state().answer_max = Some(bytes);
    }

    /// The token is known no more.
    pub fn revoke(&self) {
        self.state().tokens.clear();
    }

    /// Each request so far with the status of its answer, and forgets them.
    pub fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.state().log)
    }

    /// Answers a request; none if it is away. `api` is where its sender found it.
    pub fn handle(&self, request: &Received, api: &str) -> Option<GitHubResponse> {
        let now = self.clock.now();
        let mut state = self.state();
        let broken = state.broken.iter().find(|(path, _)| request.path.starts_with(path));
        let fault = broken.map(|(_, fault)| fault.clone()).or_else(|| state.faults.pop_front());
        let login = state
            .tokens
            .iter()
            .find(|(token, _)| request.authorization.as_ref() == Some(token))
            .map(|(_, login)| login.clone());
        let mut response = match (fault, login) {
            (Some(Fault::Away), _) => None,
            (Some(Fault::Secondary(after)), _) => Some(secondary(after)),
            (Some(Fault::Status(status)), _) => Some(plain(status, "It is broken")),
            (Some(Fault::NoLimits), _) => Some(plain(404, "Rate limiting is not enabled.")),
            (None, None) if is_for_token(request) => {
                let number = state.next_id();
                let (response, token) = token(request, number, now, state.rights.app.as_deref());
                let token = token.map(|token| (format!("Bearer {token}"), "app[bot]".to_owned()));
                state.tokens.extend(token);
                Some(response)
            }
            (None, None) => Some(plain(401, "Bad credentials")),
            (None, Some(login)) => {
                let before = state.rate.remaining;
                let is_free = request.path == "/rate_limit";
                state.renew(now);
                let counted = if is_free { Some(()) } else { state.count(now) };
                let is_hidden = state.rights.hidden.as_ref() == Some(&request.path);
                let mut response = match counted {
                    Some(()) if is_hidden => plain(404, "Not Found"),
                    Some(()) => answer(&mut state, request, &login, api, now),
                    None => plain(403, "API rate limit exceeded for user ID 1."),
                };
                if response.status == 304 {
                    state.rate.remaining = before;
                }
                state.headers(&mut response);
                Some(response)
            }
        };
        if let Some(response) = &mut response {
            state.date_header(now, response);
        }
        let status = response.as_ref().map_or_else(|| "-".to_owned(), |it| it.status.to_string());
        state.log.push(format!("{} {} {status}", request.method, request.path));
        response
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn secondary(after: Option<u64>) -> GitHubResponse {
    let message = "You have exceeded a secondary rate limit. Please wait a few minutes.";
    let mut response = plain(403, message);
    if let Some(after) = after {
        response.headers.push(("retry-after".to_owned(), after.to_string()));
    }
    response
}

impl Transport for FakeGitHub {
    fn send(&self, request: GitHubRequest) -> BoxFuture<'_, Result<GitHubResponse, Unreachable>> {
        // It answers at any address, and calls itself by that.
        let host = request.url.find("://").map_or(0, |at| at + 3);
        let end = request.url[host..].find('/').map_or(request.url.len(), |at| host + at);
        let (api, target) = request.url.split_at(end);
        let api = api.to_owned();
        let received = Received {
            authorization: Some(request.authorization),
            if_none_match: request.etag,
            body: request
                .body
                .map_or_else(|| json!({}), |body| serde_json::from_str(&body).expect("JSON")),
            ..Received::new(request.method.name(), target)
        };
        let response = self.handle(&received, &api);
        let max = self.state().answer_max.unwrap_or(usize::MAX);
        async move {
            match response {
                None => Err(Unreachable::Failed("it is away".into())),
                Some(response) if response.body.len() > max => Err(Unreachable::TooLarge(max)),
                Some(response) => Ok(response),
            }
        }
        .boxed()
    }
}
