//! A bundle: the manifests that a request brings, as files.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use sha2::{Digest as _, Sha256};

use crate::deployment::{BundleDigest, BundlePath};

/// Files by their paths, in the order of the bytes of their paths. Modes, owners and times are not
/// kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    files: BTreeMap<BundlePath, Vec<u8>>,
}

impl Bundle {
    /// The one file of a bundle that was sent as one text.
    pub const TEXT: &str = "manifests.yaml";

    /// A bundle of these files.
    #[must_use]
    pub const fn new(files: BTreeMap<BundlePath, Vec<u8>>) -> Self {
        Self { files }
    }

    /// The bundle of one YAML text, which is for whichever environment it is sent to.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        let path = BundlePath::parse(Self::TEXT).expect("the name is a path");
        Self::new(BTreeMap::from([(path, text.as_bytes().to_vec())]))
    }

    /// The files, by their paths.
    #[must_use]
    pub const fn files(&self) -> &BTreeMap<BundlePath, Vec<u8>> {
        &self.files
    }

    /// The text, if the bundle is one text for every environment.
    #[must_use]
    pub fn text(&self) -> Option<&[u8]> {
        let text = self.files.get(Self::TEXT)?;
        (self.files.len() == 1).then_some(text)
    }

    /// The files below a folder, by their paths from there on; none if one lies elsewhere.
    #[must_use]
    pub fn below(self, folder: &str) -> Option<Self> {
        let inside = |(path, content): (BundlePath, Vec<u8>)| {
            let path = path.as_str().strip_prefix(folder)?.strip_prefix('/')?;
            Some((BundlePath::parse(path).ok()?, content))
        };
        self.files.into_iter().map(inside).collect::<Option<_>>().map(Self::new)
    }

    /// The folders at the top, by name.
    #[must_use]
    pub fn folders(&self) -> Vec<&str> {
        let folders: BTreeSet<&str> =
            self.files.keys().filter_map(BundlePath::top_folder).collect();
        folders.into_iter().collect()
    }

    /// The bytes of all files together.
    #[must_use]
    pub fn size(&self) -> usize {
        self.files.values().map(Vec::len).sum()
    }

    /// What names the content: the digest of the text that `sha256sum` prints for the files.
    #[must_use]
    pub fn digest(&self) -> BundleDigest {
        let mut text = String::new();
        for (path, content) in &self.files {
            let _ = writeln!(text, "{}  {path}", hex::encode(Sha256::digest(content)));
        }
        let digest = format!("sha256:{}", hex::encode(Sha256::digest(text)));
        BundleDigest::parse(&digest).expect("64 hex digits are a digest")
    }
}
