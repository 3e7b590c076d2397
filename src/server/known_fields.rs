//! Which fields a typed body has, as its type says it, and what an unknown one may have meant.

use boathook_core::{deployment::beginning, similar::closest};
use serde::{
    Deserializer,
    de::{DeserializeOwned, Visitor},
    forward_to_deserialize_any,
};
use serde_json::{Error, Value};

/// The names of a type's fields.
pub(super) struct KnownFields(&'static [&'static str]);

impl KnownFields {
    /// Reads an object; whether that succeeds or not, the fields of its type are known then.
    pub(super) fn read<T: DeserializeOwned>(object: Value) -> (Result<T, Error>, Self) {
        let mut known = Self(&[]);
        let read = T::deserialize(Remembering { known: &mut known, object });
        (read, known)
    }

    /// What is wrong with the first name that is not one of them, and what to do.
    pub(super) fn unknown(&self, names: &[String]) -> Option<String> {
        let name = names.iter().find(|name| !self.0.contains(&name.as_str()))?;
        let instead = match closest(name, self.0.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if self.0.is_empty() => "it takes none".to_owned(),
            None => format!("known: {}", self.0.join(", ")),
        };
        let shown = beginning(name, 64).escape_debug();
        Some(format!("there is no field `{shown}` here; {instead}"))
    }
}

struct Remembering<'a> {
    known: &'a mut KnownFields,
    object: Value,
}

impl<'de> Deserializer<'de> for Remembering<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.object.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.known.0 = fields;
        self.object.deserialize_struct(name, fields, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
