//! A field that older programs stored as text.

use serde::{Deserialize, Deserializer};

/// What older programs had one text for.
pub(super) trait FromText {
    fn from_text(text: String) -> Self;
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Stored<T> {
    Text(String),
    Typed(T),
}

impl<T: FromText> Stored<T> {
    fn typed(self) -> T {
        match self {
            Self::Text(text) => T::from_text(text),
            Self::Typed(value) => value,
        }
    }
}

/// For a field whose text may be from an older program.
pub(super) fn or_text<'de, T: Deserialize<'de> + FromText, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Stored::deserialize(deserializer).map(Stored::typed)
}

/// The same for a field that may be empty.
pub(super) fn or_text_if_any<'de, T: Deserialize<'de> + FromText, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(Option::<Stored<T>>::deserialize(deserializer)?.map(Stored::typed))
}
