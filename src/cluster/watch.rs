//! kubectl's watch output, put together again: an event is one line, or a document of many.

use serde::{Deserialize, de::DeserializeOwned};

/// The maximum size of an event; a larger one is dropped, and the next poll shows the same.
const EVENT_MAX: usize = 4 << 20;

/// Collects lines until they are a whole event.
#[derive(Debug, Default)]
pub struct WatchEvents {
    text: String,
}

/// One event of a watched object.
#[derive(Debug, PartialEq)]
pub enum Watched<T> {
    /// The state now.
    Is(Box<T>),
    /// It is gone.
    Deleted,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    object: serde_json::Value,
}

impl WatchEvents {
    /// Takes the next line; returns an event if the line completes a readable one.
    pub fn line<T: DeserializeOwned>(&mut self, line: &str) -> Option<Watched<T>> {
        let begins = self.text.is_empty();
        if begins && !line.starts_with('{') {
            return None;
        }
        self.text.push_str(line);
        self.text.push('\n');
        if self.text.len() > EVENT_MAX {
            self.text.clear();
            return None;
        }
        let ends = line == "}" || (begins && line.ends_with('}'));
        if !ends {
            return None;
        }
        let event: Event = serde_json::from_str(&std::mem::take(&mut self.text)).ok()?;
        match event.kind.as_str() {
            "DELETED" => Some(Watched::Deleted),
            "ADDED" | "MODIFIED" => serde_json::from_value(event.object)
                .ok()
                .map(|object| Watched::Is(Box::new(object))),
            _ => None,
        }
    }
}
