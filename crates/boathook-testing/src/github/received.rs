//! A request as the fake gets it, whichever way it came.

use serde_json::Value;

/// One request.
#[derive(Clone, Debug, Default)]
pub struct Received {
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The parameters of the query, in order.
    pub query: Vec<(String, String)>,
    pub authorization: Option<String>,
    pub if_none_match: Option<String>,
    pub body: Value,
}

impl Received {
    /// Takes a target such as `/repos/acme/game/deployments?per_page=100` apart.
    pub fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = query.split('&').filter_map(|one| one.split_once('='));
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { method: method.to_owned(), path: path.to_owned(), query, ..Self::default() }
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A number of the query.
    pub fn number(&self, name: &str, default: usize) -> usize {
        self.parameter(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    }
}
