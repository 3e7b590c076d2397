//! Which event a delivery brings: GitHub names it in one header, and forges that follow GitHub name
//! it in several at once.

/// The headers that name an event. Gitea and Forgejo send GitHub's and those of the forges that
/// they come from, with the same name in each.
pub const EVENT_HEADERS: [&str; 4] =
    ["x-github-event", "x-forgejo-event", "x-gitea-event", "x-gogs-event"];

/// Why it is not known which event a delivery brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoEvent {
    #[error("the event is not named; send `X-GitHub-Event: deployment`, once")]
    NotNamed,
    #[error("the headers name different events; send one, `X-GitHub-Event: deployment`")]
    Different,
}

/// The one event that the values of [`EVENT_HEADERS`] name. A header given twice, even with the same
/// name, and headers that disagree name none.
pub fn event_named(values: [Vec<&[u8]>; 4]) -> Result<&str, NoEvent> {
    let mut named = None;
    for values in values {
        let value = match values.as_slice() {
            [] => continue,
            [one] => str::from_utf8(one).map_err(|_| NoEvent::NotNamed)?,
            [_, _, ..] => return Err(NoEvent::NotNamed),
        };
        if named.is_some_and(|other| other != value) {
            return Err(NoEvent::Different);
        }
        named = Some(value);
    }
    named.ok_or(NoEvent::NotNamed)
}
