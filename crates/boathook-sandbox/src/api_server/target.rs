//! The target of a request's path: a kind, and perhaps a namespace, a name and a subresource.

use crate::{
    Kind,
    api_server::resources::{GROUP_VERSIONS, subresources},
};

/// A path below `/api/v1` or `/apis/GROUP/VERSION`, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    pub kind: Kind,
    /// The namespace; none for kinds outside namespaces and for a list over all of them.
    pub namespace: Option<&'a str>,
    /// The object; none for a list.
    pub name: Option<&'a str>,
    /// Such as `log`.
    pub subresource: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// Takes a path apart; nothing if there is no such kind.
    #[must_use]
    pub fn parse(path: &'a str) -> Option<Self> {
        let (known, rest) = GROUP_VERSIONS
            .into_iter()
            .find_map(|one| Some((one, path.strip_prefix(&one.path())?.strip_prefix('/')?)))?;
        let segments: Vec<&str> = rest.split('/').collect();
        let (namespace, plural, rest) = match segments.as_slice() {
            ["namespaces", namespace, plural, rest @ ..] => (Some(*namespace), *plural, rest),
            [plural, rest @ ..] => (None, *plural, rest),
            [] => return None,
        };
        let kind =
            Kind::ALL.into_iter().find(|kind| known.holds(*kind) && kind.plural() == plural)?;
        let (name, subresource) = match rest {
            [] => (None, None),
            [name] => (Some(*name), None),
            [name, part] if subresources(kind).contains(part) => (Some(*name), Some(*part)),
            _ => return None,
        };
        let fits =
            namespace.is_some() == kind.is_namespaced() || (namespace.is_none() && name.is_none());
        fits.then_some(Self { kind, namespace, name, subresource })
    }
}
