//! The manifest of an artifact: which of its layers make the bundle, and how.
//!
//! `oras push` packs a folder as a gzipped tar whose paths begin with the folder's name, and each file
//! as a layer of its own, both with the name as a title; `flux push artifact` packs a folder without
//! its name; `docker build` from an empty image does so too.

use std::collections::BTreeMap;

use boathook_core::deployment::{BundlePath, Digest};
use serde::{Deserialize, de::IgnoredAny};

use crate::artifacts::ArtifactFault;

/// The kinds of manifests that are asked for.
pub(super) const ACCEPTED: &str = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json, \
                                   application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json";
const IMAGE: [&str; 2] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];
/// The kinds of gzipped tars whose names do not end in `tar+gzip`.
const GZIPPED: [&str; 3] =
    ["application/vnd.docker.image.rootfs.diff.tar.gzip", "application/gzip", "application/x-gzip"];
/// What oras calls any file that its caller does not name the kind of.
const ANY_FILE: &str = "application/vnd.oci.image.layer.v1.tar";
const TITLE: &str = "org.opencontainers.image.title";
const UNPACK: &str = "io.deis.oras.content.unpack";
/// Characters of a kind or a title that are shown.
const SHOWN: usize = 100;

/// One layer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Layer {
    #[serde(rename = "mediaType", default)]
    kind: String,
    pub(super) digest: Digest,
    /// Its bytes, as the manifest says.
    #[serde(default)]
    pub(super) size: u64,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

/// Which layers make the bundle.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A gzipped tar, and the folder that it may be of.
    Archive {
        layer: Layer,
        folder: Option<PackedFolder>,
    },
    /// One YAML text for every environment.
    Text(Layer),
    Files(BTreeMap<BundlePath, Layer>),
}

/// The folder whose name begins the paths in a tar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PackedFolder {
    pub(super) name: String,
    /// Whether it does: oras-py leaves out the annotation that says so, and a title may also be the
    /// name of a tar.
    pub(super) is_certain: bool,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "mediaType")]
    kind: Option<String>,
    layers: Option<Vec<Layer>>,
    manifests: Option<IgnoredAny>,
}

impl Content {
    /// What a manifest describes.
    pub(super) fn of(manifest: &[u8]) -> Result<Self, ArtifactFault> {
        let manifest: Manifest =
            serde_json::from_slice(manifest).map_err(|_| ArtifactFault::Unreadable)?;
        let Manifest { kind, layers, manifests } = manifest;
        if manifests.is_some() {
            return Err(ArtifactFault::Index);
        }
        if let Some(kind) = kind.filter(|kind| !IMAGE.contains(&kind.as_str())) {
            return Err(ArtifactFault::Kind(shown(&kind)));
        }
        let mut layers = layers.ok_or(ArtifactFault::Unreadable)?;
        match (layers.pop(), layers.len()) {
            (None, _) => Err(ArtifactFault::Empty),
            (Some(layer), 0) => Self::of_one(layer),
            (Some(layer), before) => {
                layers.push(layer);
                if layers.iter().any(Layer::is_archive) {
                    return Err(ArtifactFault::Layers(before + 1));
                }
                Self::files(layers)
            }
        }
    }

    fn of_one(layer: Layer) -> Result<Self, ArtifactFault> {
        if layer.is_archive() {
            let name = layer.annotation(TITLE).map(|title| title.trim_end_matches('/'));
            let folder = name.filter(|name| *name != ".").map(|name| PackedFolder {
                name: name.to_owned(),
                is_certain: layer.annotation(UNPACK) == Some("true"),
            });
            return Ok(Self::Archive { layer, folder });
        }
        let title = layer.annotation(TITLE);
        let is_yaml = title.map_or(layer.kind.contains("yaml"), |title| {
            !title.contains('/') && (title.ends_with(".yaml") || title.ends_with(".yml"))
        });
        if is_yaml && layer.is_file() { Ok(Self::Text(layer)) } else { Self::files(vec![layer]) }
    }

    fn files(layers: Vec<Layer>) -> Result<Self, ArtifactFault> {
        let mut files = BTreeMap::new();
        for layer in layers {
            let title = layer.annotation(TITLE).filter(|_| layer.is_file());
            let title = title.ok_or_else(|| ArtifactFault::LayerKind(shown(&layer.kind)))?;
            let path = BundlePath::parse(title)
                .map_err(|fault| ArtifactFault::Path { title: shown(title), fault })?;
            let twice = ArtifactFault::Twice(shown(title));
            if files.insert(path, layer).is_some() {
                return Err(twice);
            }
        }
        Ok(Self::Files(files))
    }
}

impl Layer {
    fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.as_ref()?.get(name).map(String::as_str)
    }

    fn is_archive(&self) -> bool {
        let packed = |title: &str| title.ends_with(".tar.gz") || title.ends_with(".tgz");
        self.kind.ends_with("tar+gzip")
            || GZIPPED.contains(&self.kind.as_str())
            || (self.kind == ANY_FILE && self.annotation(TITLE).is_some_and(packed))
    }

    /// Whether it is a file as it is.
    fn is_file(&self) -> bool {
        let Self { kind, .. } = self;
        kind == ANY_FILE
            || kind.contains("yaml")
            || kind.starts_with("text/")
            || kind == "application/json"
    }
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).flat_map(char::escape_default).collect()
}
