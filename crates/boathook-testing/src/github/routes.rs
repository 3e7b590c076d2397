//! What the fake answers at each path.

use boathook::github::GitHubResponse;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::github::{
    Received,
    comments::{self, Comment},
    repository::{Denied, Repository},
    responses::{json_of, plain},
    state::State,
};

/// The most that a list has at once, and what it has where nobody says.
const PAGE_MAX: usize = 100;
const PAGE: usize = 30;

/// Answers a request whose sender is known.
pub(super) fn answer(
    state: &mut State,
    request: &Received,
    login: &str,
    api: &str,
    now: Timestamp,
) -> GitHubResponse {
    let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let id = if request.method == "POST" { state.next_id() } else { 0 };
    let permissions = json!({"pull": true, "push": state.rights.may_push});
    let further = state.rights.shown.clone();
    let (repository, rest) = match *parts {
        ["repos", owner, name, ref rest @ ..] => match state.named(&format!("{owner}/{name}")) {
            Some((repository, true)) => return moved(repository.id, rest, request, api),
            Some((repository, false)) => (repository, rest.to_vec()),
            None => return plain(404, "Not Found"),
        },
        ["repositories", number, ref rest @ ..] => {
            let is = |one: &&mut Repository| number == one.id.to_string();
            match state.repositories.iter_mut().find(is) {
                Some(repository) => (repository, rest.to_vec()),
                None => return plain(404, "Not Found"),
            }
        }
        ["rate_limit"] => return json_of(200, &json!({"resources": {"core": {}}})),
        ["graphql"] => return json_of(200, &json!({"data": {"viewer": {"login": login}}})),
        ["user"] => return json_of(200, &json!({"login": login})),
        _ => return plain(404, "Not Found"),
    };
    let number = |text: &str| text.parse::<u64>().unwrap_or_default();
    match (request.method.as_str(), rest.as_slice()) {
        ("GET", []) => {
            let mut shown = json!({
                "id": repository.id, "full_name": repository.names.last(), "private": true,
                "permissions": permissions,
            });
            further.into_iter().for_each(|(key, value)| shown[key] = value);
            json_of(200, &shown)
        }
        ("GET", ["deployments"]) => list(repository, request, api),
        ("POST", ["deployments"]) => created(repository.create(id, &request.body, login, now)),
        ("GET", ["deployments", one]) => match repository.deployment(number(one)) {
            Some(deployment) => tagged(request, &deployment.shown),
            None => plain(404, "Not Found"),
        },
        ("GET", ["deployments", one, "statuses"]) => match repository.deployment(number(one)) {
            Some(deployment) => {
                let newest_first: Vec<Value> = deployment.statuses.iter().rev().cloned().collect();
                tagged(request, &json!(newest_first))
            }
            None => plain(404, "Not Found"),
        },
        ("POST", ["deployments", one, "statuses"]) => {
            created(repository.add_status(number(one), id, &request.body, now))
        }
        ("GET", ["issues", issue, "comments"]) => {
            comments::list(&repository.comments, number(issue), request)
        }
        ("POST", ["issues", issue, "comments"]) => {
            let author = login.to_owned();
            let comment = Comment { id, issue: number(issue), author, body: String::new() };
            comments::create(&mut repository.comments, comment, request)
        }
        ("PATCH", ["issues", "comments", one]) => {
            comments::update(&mut repository.comments, number(one), request)
        }
        _ => plain(404, "Not Found"),
    }
}

/// Deployments, the newest first, a page of them.
fn list(repository: &Repository, request: &Received, api: &str) -> GitHubResponse {
    let is_wanted = |shown: &Value| {
        ["sha", "ref", "task", "environment"].iter().all(|key| {
            request.parameter(key).is_none_or(|wanted| shown[key].as_str() == Some(wanted))
        })
    };
    let listed = repository.deployments.iter().rev().filter(|one| !one.is_hidden);
    let all = listed.map(|one| &one.shown);
    let all: Vec<&Value> = all.filter(|shown| is_wanted(shown)).collect();
    let per_page = request.number("per_page", PAGE).clamp(1, PAGE_MAX);
    let page = request.number("page", 1).max(1);
    let shown: Vec<&Value> =
        all.iter().skip((page - 1) * per_page).take(per_page).copied().collect();
    let mut response = tagged(request, &json!(shown));
    if all.len() > page * per_page {
        let next = format!(
            "<{api}/repositories/{}/deployments?per_page={per_page}&page={}>; rel=\"next\"",
            repository.id,
            page + 1
        );
        response.headers.push(("link".to_owned(), next));
    }
    response
}

/// Where a renamed repository is now: for good where something is read, for this time elsewhere.
fn moved(id: u64, rest: &[&str], request: &Received, api: &str) -> GitHubResponse {
    let query: Vec<String> =
        request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let rest: String = rest.iter().map(|part| format!("/{part}")).collect();
    let url = format!("{api}/repositories/{id}{rest}{query}");
    let (status, message) = match request.method.as_str() {
        "GET" => (301, "Moved Permanently"),
        _ => (307, "Temporary Redirect"),
    };
    let mut response = json_of(status, &json!({"message": message, "url": url}));
    response.headers.push(("location".to_owned(), url));
    response
}

fn created(result: Result<Value, Denied>) -> GitHubResponse {
    match result {
        Ok(value) => json_of(201, &value),
        Err((status, message)) => plain(status, &message),
    }
}

/// With the tag of its state; 304 where the sender has that state.
fn tagged(request: &Received, value: &Value) -> GitHubResponse {
    let mut sum = 0_u64;
    for byte in value.to_string().bytes() {
        sum = sum.wrapping_mul(31).wrapping_add(u64::from(byte));
    }
    let etag = format!("W/\"{sum:016x}\"");
    let is_known = request.if_none_match.as_deref() == Some(etag.as_str());
    let mut response = if is_known {
        GitHubResponse { status: 304, ..Default::default() }
    } else {
        json_of(200, value)
    };
    response.headers.push(("etag".to_owned(), etag));
    response
}
