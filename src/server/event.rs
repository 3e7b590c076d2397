//! Which event a delivery brings: GitHub names it in one header, and forges that follow GitHub name
//! it in several at once.

use actix_web::http::header::HeaderMap;

use crate::server::ApiError;

/// The headers that name an event. Gitea and Forgejo send GitHub's and those of the forges that
/// they come from, with the same name in each.
const EVENTS: [&str; 4] = ["x-github-event", "x-forgejo-event", "x-gitea-event", "x-gogs-event"];

/// The one event that the headers name. A header given twice, even with the same name, and headers
/// that disagree name none.
pub(super) fn named(headers: &HeaderMap) -> Result<&str, ApiError> {
    let mut named = None;
    for header in EVENTS {
        let mut values = headers.get_all(header);
        let Some(value) = values.next() else { continue };
        let event = value.to_str().ok().filter(|_| values.next().is_none());
        let event = event.ok_or_else(not_named)?;
        if named.is_some_and(|other| other != event) {
            return Err(ApiError::Malformed(
                "the headers name different events; send one, `X-GitHub-Event: deployment`"
                    .to_owned(),
            ));
        }
        named = Some(event);
    }
    named.ok_or_else(not_named)
}

fn not_named() -> ApiError {
    ApiError::Malformed(
        "the event is not named; send `X-GitHub-Event: deployment`, once".to_owned(),
    )
}
