//! Reads typed values out of merged layers, strictly: text is text and a number is a number, so
//! that a tag or an id that happens to consist of digits is never changed. Only variables, which
//! are always text, may give numbers and booleans as text.

use ::config::{Value, ValueKind};
use serde::{
    Deserializer,
    de::{
        self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor,
    },
    forward_to_deserialize_any,
};

use crate::config::{error::Problem, layers::Tree, variables};

/// Reads a whole tree; problems without a known file are attributed to `file`.
pub(super) fn read<T: DeserializeOwned>(tree: Tree, file: &str) -> Result<T, Problem> {
    let root = Value::new(None, ValueKind::Table(tree));
    T::deserialize(Node { value: root, path: String::new(), origin: file.to_owned() })
}

/// A value, with its key path and where it came from.
struct Node {
    value: Value,
    path: String,
    origin: String,
}

impl Node {
    fn child(&self, path: String, value: Value) -> Self {
        let origin = value.origin().unwrap_or(&self.origin).to_owned();
        Self { value, path, origin }
    }

    fn key(&self, key: &str, value: Value) -> Self {
        let path =
            if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        self.child(path, value)
    }

    /// A number or boolean that a variable gives as text.
    fn unquoted(mut self) -> Self {
        if let ValueKind::String(text) = &self.value.kind
            && variables::is_variable(&self.origin)
        {
            let number = text.parse().map(ValueKind::I64).ok();
            if let Some(kind) = number.or_else(|| text.parse().map(ValueKind::Boolean).ok()) {
                self.value.kind = kind;
            }
        }
        self
    }
}

macro_rules! deserialize_unquoted {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            self.unquoted().deserialize_any(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Node {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Problem> {
        let result = match std::mem::replace(&mut self.value.kind, ValueKind::Nil) {
            ValueKind::Nil => visitor.visit_unit(),
            ValueKind::Boolean(value) => visitor.visit_bool(value),
            ValueKind::I64(value) => visitor.visit_i64(value),
            ValueKind::U64(value) => visitor.visit_u64(value),
            ValueKind::I128(value) => visitor.visit_i128(value),
            ValueKind::U128(value) => visitor.visit_u128(value),
            ValueKind::Float(value) => visitor.visit_f64(value),
            ValueKind::String(text) => visitor.visit_string(text),
            ValueKind::Array(items) => {
                visitor.visit_seq(Items { list: &self, items: items.into_iter().enumerate() })
            }
            ValueKind::Table(entries) => {
                let mut entries: Vec<_> = entries.into_iter().collect();
                entries.sort_by(|(one, _), (other, _)| other.cmp(one));
                visitor.visit_map(Entries { section: &self, entries, value: None })
            }
        };
        result.map_err(|problem: Problem| problem.at(&self.origin, &self.path))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match &self.value.kind {
            ValueKind::Nil => visitor.visit_none(),
            ValueKind::String(text) if text.is_empty() && variables::is_variable(&self.origin) => {
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let origin = self.origin.clone();
        let path = self.path.clone();
        visitor.visit_newtype_struct(self).map_err(|problem| problem.at(&origin, &path))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        let result = match self.value.kind {
            ValueKind::String(name) => visitor.visit_enum(name.into_deserializer()),
            _ => Err(de::Error::custom(format!("expected {}", names.join(" or ")))),
        };
        result.map_err(|problem: Problem| problem.at(&self.origin, &self.path))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        if matches!(self.value.kind, ValueKind::Array(_)) {
            // Serde would read the items as fields, in order.
            let problem: Problem = de::Error::invalid_type(de::Unexpected::Seq, &"a section");
            return Err(problem.at(&self.origin, &self.path));
        }
        self.deserialize_any(visitor)
    }

    deserialize_unquoted! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64 deserialize_f32 deserialize_f64
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'a> {
    list: &'a Node,
    items: std::iter::Enumerate<std::vec::IntoIter<Value>>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Problem> {
        let Some((index, value)) = self.items.next() else { return Ok(None) };
        let path = format!("{}[{index}]", self.list.path);
        let item = self.list.child(path.clone(), value);
        let origin = item.origin.clone();
        seed.deserialize(item).map(Some).map_err(|problem| problem.at(&origin, &path))
    }
}

/// The entries of a section, sorted from the last key to the first.
struct Entries<'a> {
    section: &'a Node,
    entries: Vec<(String, Value)>,
    value: Option<Node>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Problem> {
        let Some((key, value)) = self.entries.pop() else { return Ok(None) };
        let node = self.section.key(&key, value);
        let result = seed
            .deserialize(key.into_deserializer())
            .map_err(|problem: Problem| problem.at(&node.origin, &node.path));
        self.value = Some(node);
        result.map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let node = self.value.take().ok_or_else(|| {
            Problem::new(&self.section.origin, &self.section.path, "a key without a value")
        })?;
        let origin = node.origin.clone();
        let path = node.path.clone();
        seed.deserialize(node).map_err(|problem| problem.at(&origin, &path))
    }
}
