//! A reason as a reader of the API sees it: its text alone.

use serde::{Deserialize, Deserializer, Serializer};

use crate::record::Reason;

/// Writes the text.
pub fn serialize<S: Serializer>(reason: &Reason, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(reason)
}

/// Reads it back as words.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Reason, D::Error> {
    String::deserialize(deserializer).map(Reason::stated)
}

/// The same for a reason that there may be.
pub mod if_any {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::record::Reason;

    /// Writes the text, if any.
    pub fn serialize<S: Serializer>(
        reason: &Option<Reason>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        reason.as_ref().map(ToString::to_string).serialize(serializer)
    }

    /// Reads it back as words.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Reason>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Reason::stated))
    }
}
