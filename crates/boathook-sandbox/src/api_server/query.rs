//! The query parameters that clients send.

use std::time::Duration;

use serde::Deserialize;

use crate::{Kind, Selector, Status};

/// How long a watch may last where the client says nothing.
const LONGEST: Duration = Duration::from_secs(1800);

/// Query parameters of any request for objects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Query {
    /// Labels that are meant.
    pub label_selector: String,
    /// Fields that are meant.
    pub field_selector: String,
    /// Whether to go on with changes.
    pub watch: bool,
    /// Whether a watch begins with everything that there is, and says where that ends: kubectl's
    /// way to list since 1.35.
    pub send_initial_events: bool,
    /// Where the changes begin.
    pub resource_version: String,
    /// The most objects of a list.
    pub limit: Option<usize>,
    /// Where the page before ended.
    #[serde(rename = "continue")]
    pub after: String,
    /// Whether a watch says from time to time how far it is.
    pub allow_watch_bookmarks: bool,
    /// When a watch ends.
    pub timeout_seconds: Option<u64>,
    /// `All` if the request is a dry run.
    pub dry_run: String,
    /// `Strict` where an unknown field is an error.
    pub field_validation: String,
    /// The container whose log is meant.
    pub container: Option<String>,
    /// Whether a log is read on until its container ends.
    pub follow: bool,
    /// Whether the log of the container before this one is meant.
    pub previous: bool,
    /// How many lines of a log, from its end.
    pub tail_lines: Option<usize>,
    /// How many bytes of it, from the first of these lines on.
    pub limit_bytes: Option<usize>,
}

impl Query {
    /// Which objects are meant.
    pub fn selector(&self, kind: Kind) -> Result<Selector, Status> {
        Selector::labels(&self.label_selector)?.with_fields(kind, &self.field_selector)
    }

    /// How long a watch lasts at most.
    #[must_use]
    pub fn watch_length(&self) -> Duration {
        self.timeout_seconds.map_or(LONGEST, Duration::from_secs)
    }

    /// The version after which a watch begins; nothing if it begins with everything that there is.
    pub fn version(&self) -> Result<Option<u64>, Status> {
        match self.resource_version.as_str() {
            "" | "0" => Ok(None),
            version => version
                .parse()
                .map(Some)
                .map_err(|_| Status::bad_request(format!("invalid resource version: {version:?}"))),
        }
    }
}
