//! What came of a request.

use serde_json::Value;

/// What came of a request for a list or an object.
#[derive(Clone, Debug, PartialEq)]
pub enum GitHubAnswer {
    /// It is as it was when it had that tag; this counts against no limit.
    NotModified,
    Page(Page),
}

/// A list or an object; of a long list, a part.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    pub body: Value,
    /// The tag of this state of it.
    pub etag: Option<String>,
    /// The path of the next part.
    pub next: Option<String>,
}
