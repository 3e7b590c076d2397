//! One event of a watch, from its JSON.

use serde::Deserialize;

use crate::feeds::{FeedObject, trouble::Trouble};

/// What a watch says.
pub(super) enum WatchEvent<T> {
    /// An object as it is now; none if boathook cannot read it.
    Is { name: String, object: Option<T> },
    /// An object is gone.
    Gone { name: String },
    /// Nothing changed up to this version.
    Bookmark,
}

/// What every event has.
#[derive(Deserialize)]
struct Header {
    #[serde(rename = "type")]
    kind: String,
    object: HeaderObject,
}

#[derive(Deserialize)]
struct HeaderObject {
    #[serde(default)]
    metadata: Metadata,
    /// Of an error.
    #[serde(default)]
    code: u16,
    #[serde(default)]
    message: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata {
    name: String,
    resource_version: String,
}

#[derive(Deserialize)]
struct Body<T> {
    object: T,
}

impl<T: FeedObject> WatchEvent<T> {
    /// The event, and the version up to which the watch has told everything.
    pub(super) fn parse(document: &[u8]) -> Result<(Self, String), Trouble> {
        let Header { kind, object: HeaderObject { metadata, code, message } } =
            serde_json::from_slice(document).map_err(|error| {
                Trouble::unread(format!("an event of the watch cannot be read: {error}"))
            })?;
        let Metadata { name, resource_version } = metadata;
        let event = match kind.as_str() {
            "ADDED" | "MODIFIED" => {
                let body: Result<Body<T>, _> = serde_json::from_slice(document);
                Self::Is { name, object: body.ok().map(|body| body.object) }
            }
            "DELETED" => Self::Gone { name },
            "BOOKMARK" => Self::Bookmark,
            "ERROR" => return Err(Trouble::of_event(code, &message)),
            other => {
                let other = other.escape_default();
                return Err(Trouble::unread(format!("the watch has an event of type {other}")));
            }
        };
        Ok((event, resource_version))
    }
}
