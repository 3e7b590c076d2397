//! A reference to a container image, in the grammar of the distribution project
//! (`[registry[:port]/]repository[:tag][@digest]`).
//!
//! Our own: the crate for it (`oci-spec`) fills in `docker.io/library/` and `latest`, and boathook
//! has to know what was written.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::deployment::{Digest, InvalidDigest};

/// The maximum length of a repository (distribution's `NameTotalLengthMax`).
const REPOSITORY_MAX: usize = 255;
/// The maximum length of a tag.
const TAG_MAX: usize = 128;

/// The registry of an image that names none.
const DOCKER_HUB: &str = "docker.io";

/// An image that can be pulled: repository, with a tag, a digest, both or neither (which means
/// `latest`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageRef {
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// Why a text is not an image reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("image `{}` is not an image reference: {reason}", .text.escape_default())]
pub struct InvalidImageRef {
    /// The text, cut to 128 characters.
    pub text: String,
    /// What is wrong with it, and what to do.
    pub reason: String,
}

impl ImageRef {
    /// Parses a reference; the error says which part is wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidImageRef> {
        Self::parts(text)
            .map_err(|reason| InvalidImageRef { text: text.chars().take(128).collect(), reason })
    }

    fn parts(text: &str) -> Result<Self, String> {
        if text.contains("${") || text.contains("{{") {
            return Err("it holds a placeholder that was never filled in".to_owned());
        }
        if text.starts_with('-') {
            return Err("it begins with `-`".to_owned());
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => {
                let digest =
                    Digest::parse(digest).map_err(|error: InvalidDigest| error.to_string())?;
                (rest, Some(digest))
            }
            None => (text, None),
        };
        let name_at = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (repository, tag) = match rest[name_at..].find(':') {
            Some(colon) => (&rest[..name_at + colon], Some(&rest[name_at + colon + 1..])),
            None => (rest, None),
        };
        check_repository(repository)?;
        if let Some(tag) = tag {
            check_tag(tag)?;
        }
        Ok(Self { repository: repository.to_owned(), tag: tag.map(str::to_owned), digest })
    }

    /// Registry and repository, without tag and digest.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The repository as containerd and Knative call it: `docker.io/library/nginx` for `nginx`,
    /// `docker.io/acme/game` for `acme/game`, and `index.docker.io` is `docker.io`.
    #[must_use]
    pub fn full_repository(&self) -> String {
        let (host, path) = match self.repository.split_once('/') {
            Some((host, path)) if is_registry(host) => (host, path),
            _ => (DOCKER_HUB, self.repository.as_str()),
        };
        let host = if host == "index.docker.io" { DOCKER_HUB } else { host };
        let library = if host == DOCKER_HUB && !path.contains('/') { "library/" } else { "" };
        format!("{host}/{library}{path}")
    }

    /// Whether the registry is named; if it is not, the program that pulls decides which it is.
    #[must_use]
    pub fn names_registry(&self) -> bool {
        self.repository.split_once('/').is_some_and(|(first, _)| is_registry(first))
    }

    /// Whether both name one repository, however it is spelled.
    #[must_use]
    pub fn is_same_repository(&self, other: &Self) -> bool {
        self.full_repository() == other.full_repository()
    }

    /// The tag, if one is given.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, if one is given.
    #[must_use]
    pub const fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The reference as people tell it from others, its digest cut short.
    #[must_use]
    pub fn short(&self) -> String {
        let whole = self.to_string();
        match &self.digest {
            Some(digest) => whole.replace(digest.as_str(), digest.short()),
            None => whole,
        }
    }

    /// The same image without a tag that means nothing: a digest says what is pulled.
    #[must_use]
    pub fn meaning(&self) -> Self {
        self.digest.as_ref().map_or_else(|| self.clone(), |digest| self.pinned(digest))
    }

    /// The same repository, pinned to a digest and without a tag.
    #[must_use]
    pub fn pinned(&self, digest: &Digest) -> Self {
        Self { repository: self.repository.clone(), tag: None, digest: Some(digest.clone()) }
    }
}

fn check_repository(repository: &str) -> Result<(), String> {
    if repository.is_empty() {
        return Err("the repository is empty".to_owned());
    }
    if repository.len() > REPOSITORY_MAX {
        return Err(format!("the repository is longer than {REPOSITORY_MAX} characters"));
    }
    let path = match repository.split_once('/') {
        Some((host, path)) if is_registry(host) => {
            check_registry(host)?;
            path
        }
        _ => repository,
    };
    path.split('/').try_for_each(check_component)
}

/// The first segment is a registry when it could not be a repository: it has a dot or a port, or is
/// `localhost`.
fn is_registry(segment: &str) -> bool {
    segment.contains('.')
        || segment.contains(':')
        || segment == "localhost"
        || segment.bytes().any(|b| b.is_ascii_uppercase())
}

fn check_registry(host: &str) -> Result<(), String> {
    let (name, port) = match host.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host, None),
    };
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if !name.split('.').all(label) {
        return Err(format!("the registry `{}` is not a host name", name.escape_default()));
    }
    match port {
        Some(port) if port.parse::<u16>().is_err() || port.starts_with('+') => Err(format!(
            "the registry's port `{}` is not a number up to 65535",
            port.escape_default()
        )),
        _ => Ok(()),
    }
}

/// One path component: runs of `[a-z0-9]` joined by `.`, `_`, `__` or dashes.
fn check_component(component: &str) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("repository part `{}` {why}", component.escape_default()));
    if component.bytes().any(|b| b.is_ascii_uppercase()) {
        return wrong("has upper-case letters; repositories are lower case");
    }
    if !component
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-'))
    {
        return wrong("has a character outside a-z, 0-9, `.`, `_` and `-`");
    }
    let is_alphanumeric = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = component.as_bytes();
    if !is_alphanumeric(bytes.first()) || !is_alphanumeric(bytes.last()) {
        return wrong("must begin and end with a letter or digit");
    }
    let separators =
        component.split(|c: char| c.is_ascii_alphanumeric()).filter(|run| !run.is_empty());
    for run in separators {
        if !(matches!(run, "." | "_" | "__") || run.bytes().all(|b| b == b'-')) {
            return wrong("joins its parts with something else than `.`, `_`, `__` or dashes");
        }
    }
    Ok(())
}

fn check_tag(tag: &str) -> Result<(), String> {
    let first = tag.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
    let rest = tag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
    if first && rest && tag.len() <= TAG_MAX {
        Ok(())
    } else {
        Err(format!(
            "the tag `{}` is not 1 to {TAG_MAX} of A-Z, a-z, 0-9, `_`, `.` and `-`",
            tag.escape_default()
        ))
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

impl TryFrom<String> for ImageRef {
    type Error = InvalidImageRef;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<ImageRef> for String {
    fn from(image: ImageRef) -> Self {
        image.to_string()
    }
}
