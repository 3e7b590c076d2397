//! The types that describe a kind's fields.

/// A struct: the name of its Go type, and its fields.
#[derive(Debug)]
pub(in crate::admission) struct Struct {
    pub go: &'static str,
    pub fields: &'static [Field],
    /// Fields that are not listed are let through to the webhooks, which drop them.
    pub open: bool,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(in crate::admission) enum Type {
    /// A string, or a Go type made of one.
    Text(&'static str),
    Bool,
    Int32,
    Int64,
    Quantity,
    /// A port: a number or a name.
    IntOrText,
    List(&'static Self),
    /// Go's name of the map, and what it maps names to.
    Map(&'static str, &'static Self),
    Struct(&'static Struct),
    /// A value that is not validated.
    Opaque,
}

/// What becomes of a field that is not set, once Go has read and written the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::admission) enum Unset {
    /// It goes, and so does a zero or an empty list.
    Omitted,
    /// It goes, but a zero stays.
    Pointer,
    /// It is written as a zero.
    Written,
}

/// A field of a struct.
#[derive(Clone, Copy, Debug)]
pub(in crate::admission) struct Field {
    pub name: &'static str,
    pub holds: Type,
    pub unset: Unset,
    /// The API server's default for a missing field.
    pub default: Option<&'static str>,
    /// The field by which the items of a list differ.
    pub key: Option<&'static str>,
}

/// A field that is left out if it is not set.
pub(super) const fn field(name: &'static str, holds: Type) -> Field {
    Field { name, holds, unset: Unset::Omitted, default: None, key: None }
}

/// A field behind a pointer: zero is something else than nothing.
pub(super) const fn pointer(name: &'static str, holds: Type) -> Field {
    Field { unset: Unset::Pointer, ..field(name, holds) }
}

/// A field that is always written.
pub(super) const fn written(name: &'static str, holds: Type) -> Field {
    Field { unset: Unset::Written, ..field(name, holds) }
}

impl Field {
    /// The same, with a default in the schema.
    pub(super) const fn defaulting(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// The same, as a list whose items differ by a field.
    pub(super) const fn keyed(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }
}

impl Struct {
    pub(in crate::admission) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Type {
    /// The type as Go's JSON reader calls it.
    pub(in crate::admission) fn go(self) -> String {
        match self {
            Self::Text(name) | Self::Map(name, _) => name.to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Int32 | Self::IntOrText => "int32".to_owned(),
            Self::Int64 => "int64".to_owned(),
            Self::Quantity => "resource.Quantity".to_owned(),
            Self::List(item) => format!("[]{}", item.go()),
            Self::Struct(inner) => inner.go.to_owned(),
            Self::Opaque => "interface {}".to_owned(),
        }
    }
}

pub(super) const TEXT: Type = Type::Text("string");
pub(super) const TEXTS: Type = Type::List(&TEXT);
pub(super) const TEXT_MAP: Type = Type::Map("map[string]string", &TEXT);
pub(super) const OPAQUES: Type = Type::List(&Type::Opaque);
