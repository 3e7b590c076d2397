//! A page of a list, from its JSON.

use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::feeds::{FeedObject, trouble::Trouble};

/// Some objects, and where the list goes on.
pub(super) struct Page<T> {
    pub(super) objects: Vec<(String, Arc<T>)>,
    /// The version of the whole list.
    pub(super) version: String,
    /// The token of the next page; empty if there is none.
    pub(super) next: String,
}

#[derive(Deserialize)]
struct List<T> {
    metadata: ListMetadata,
    #[serde(bound(deserialize = "Item<T>: Deserialize<'de>"))]
    items: Vec<Item<T>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListMetadata {
    resource_version: String,
    #[serde(default, rename = "continue")]
    next: String,
}

/// An object; none if boathook cannot read it, which is no reason not to read the others.
struct Item<T>(Option<T>);

impl<'de, T: FeedObject> Deserialize<'de> for Item<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self(serde_json::from_value(value).ok()))
    }
}

impl<T: FeedObject> Page<T> {
    pub(super) fn parse(body: &[u8]) -> Result<Self, Trouble> {
        let List { metadata, items } = serde_json::from_slice::<List<T>>(body)
            .map_err(|error| Trouble::unread(format!("a list cannot be read: {error}")))?;
        let objects = items.into_iter().filter_map(|Item(object)| object);
        Ok(Self {
            objects: objects.map(|object| (object.name().to_owned(), Arc::new(object))).collect(),
            version: metadata.resource_version,
            next: metadata.next,
        })
    }
}
