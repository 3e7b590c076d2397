//! Comments on issues and pull requests, as the REST API keeps them.

use boathook::github::GitHubResponse;
use serde_json::{Value, json};

use crate::github::{
    Received,
    responses::{json_of, plain},
};

/// Characters that GitHub takes.
const BODY_MAX: usize = 65_536;

/// One comment.
pub(super) struct Comment {
    pub id: u64,
    pub issue: u64,
    pub author: String,
    pub body: String,
}

impl Comment {
    fn shown(&self) -> Value {
        json!({"id": self.id, "user": {"login": self.author}, "body": self.body})
    }
}

/// The comments of an issue, the oldest first, a page of them.
pub(super) fn list(comments: &[Comment], issue: u64, request: &Received) -> GitHubResponse {
    let per_page = request.number("per_page", 30);
    let page = request.number("page", 1);
    let all = comments.iter().filter(|one| one.issue == issue).map(Comment::shown);
    let shown: Vec<Value> = all.skip((page - 1) * per_page).take(per_page).collect();
    json_of(200, &json!(shown))
}

/// Writes a new one.
pub(super) fn create(
    comments: &mut Vec<Comment>,
    comment: Comment,
    request: &Received,
) -> GitHubResponse {
    let Some(body) = body(request) else { return plain(422, "Validation Failed") };
    let comment = Comment { body, ..comment };
    let shown = comment.shown();
    comments.push(comment);
    json_of(201, &shown)
}

/// Writes one anew; a token that may write comments may write those of others too.
pub(super) fn update(comments: &mut [Comment], id: u64, request: &Received) -> GitHubResponse {
    let found = comments.iter_mut().find(|one| one.id == id);
    match (found, body(request)) {
        (None, _) => plain(404, "Not Found"),
        (Some(_), None) => plain(422, "Validation Failed"),
        (Some(comment), Some(body)) => {
            comment.body = body;
            json_of(200, &comment.shown())
        }
    }
}

fn body(request: &Received) -> Option<String> {
    let body = request.body["body"].as_str()?;
    (body.encode_utf16().count() <= BODY_MAX).then(|| body.to_owned())
}
