//! What GitHub says of a package in `package` and `registry_package`, which differ in the name of one
//! key. All of it is text from outside, and of other registries than that for containers much is
//! absent.

use boathook_core::deployment::{ImageRef, Repository};
use serde::Deserialize;
use serde_json::Value;

/// The label that names the commit which an image was built from.
const REVISION: &str = "org.opencontainers.image.revision";

/// What happened to a package.
#[derive(Debug, Deserialize)]
pub(crate) struct PackageEvent {
    pub action: String,
    #[serde(alias = "registry_package")]
    pub package: Package,
    /// The repository that it is connected to; none if it is connected to none.
    #[serde(default)]
    pub repository: Option<Named>,
    #[serde(default)]
    pub sender: Option<Sender>,
}

/// A package, and the version that the event is about.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    /// `CONTAINER`, `npm` and so on, in upper or lower case.
    pub package_type: String,
    /// When it last changed: when this version was published. GitHub leaves the version's own times
    /// at the year 1.
    #[serde(default)]
    pub updated_at: Option<String>,
    #[serde(default)]
    pub package_version: Option<PackageVersion>,
}

/// One version of a package.
#[derive(Debug, Deserialize)]
pub(crate) struct PackageVersion {
    /// The digest of an image or an index of images.
    #[serde(default)]
    pub version: Option<String>,
    /// Registry, package and tag; for an untagged version it ends in a colon.
    #[serde(default)]
    pub package_url: Option<String>,
    /// What GitHub takes for the commit.
    #[serde(default)]
    pub target_oid: Option<String>,
    #[serde(default)]
    pub container_metadata: Option<ContainerMetadata>,
}

/// What is particular to containers.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ContainerMetadata {
    #[serde(default)]
    pub tag: Option<Tag>,
    #[serde(default)]
    pub labels: Option<Labels>,
}

/// A tag, and what it names.
#[derive(Debug, Deserialize)]
pub(crate) struct Tag {
    /// Empty for what was pushed without a tag.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub digest: Option<String>,
}

/// Labels of an image; an index of images has none.
#[derive(Debug, Deserialize)]
pub(crate) struct Labels {
    /// All of them. GitHub has keys of its own for some, and leaves those empty.
    #[serde(default)]
    pub all_labels: Value,
}

/// A repository.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    pub full_name: Repository,
}

/// Who caused an event.
#[derive(Debug, Deserialize)]
pub(crate) struct Sender {
    pub login: String,
}

impl PackageVersion {
    /// The image without tag and digest. Registries know it in lower case, GitHub may write its
    /// owner's name as they do.
    pub(super) fn image(&self) -> Option<ImageRef> {
        let url = self.package_url.as_deref()?.trim_end_matches(':');
        ImageRef::parse(&url.to_ascii_lowercase()).ok()
    }

    /// The tag, unless it was pushed without one.
    pub(super) fn tag(&self) -> Option<&str> {
        let tag = self.container_metadata.as_ref()?.tag.as_ref()?;
        tag.name.as_deref().filter(|name| !name.is_empty())
    }

    /// The digests that it names, by GitHub's word: the version's and the tag's.
    pub(super) fn digests(&self) -> [Option<&str>; 2] {
        let tag = self.container_metadata.as_ref().and_then(|metadata| metadata.tag.as_ref());
        [self.version.as_deref(), tag.and_then(|tag| tag.digest.as_deref())]
    }

    /// The commit, if one is named: the builder knows better than GitHub, which names the one that
    /// the repository's branch is at.
    pub(super) fn commits(&self) -> [Option<&str>; 2] {
        let labels = self.container_metadata.as_ref().and_then(|metadata| metadata.labels.as_ref());
        let revision = labels.and_then(|labels| labels.all_labels[REVISION].as_str());
        [revision, self.target_oid.as_deref()]
    }
}
