//! The field `manifests` of a body: the manifests that a request brings, or names.

use boathook_core::deployment::{ArtifactRef, Bundle, BundleDigest, RequestedManifests};
use serde_json::{Map, Value};

use crate::{intake::fields::kind, manifests::secret_in};

pub(super) const FIELD: &str = "manifests";

/// What a body says in `manifests`, not yet unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentManifests {
    /// The base64 of a gzipped tar, or one YAML text.
    Content(String),
    /// An artifact in a registry, by digest.
    Artifact(ArtifactRef),
    /// A bundle that the journal holds: only boathook's own promotions name one so.
    Recorded(BundleDigest),
}

/// The manifests of a request, unpacked.
#[derive(Debug, Default)]
pub(super) struct ReceivedManifests {
    pub(super) named: Option<RequestedManifests>,
    /// The content, where it is new.
    pub(super) brought: Option<BroughtBundle>,
    /// Where they have yet to be fetched from.
    pub(super) artifact: Option<ArtifactRef>,
}

/// A bundle that a request brings.
#[derive(Debug)]
pub(super) struct BroughtBundle {
    pub(super) bundle: Bundle,
    /// The first file in it that holds the values of a Secret.
    pub(super) secret: Option<String>,
}

impl SentManifests {
    /// Reads the field's value.
    pub(super) fn of(value: Value) -> Result<Self, String> {
        match value {
            Value::String(text) => Ok(Self::Content(text)),
            Value::Object(object) => Self::of_object(&object),
            other => Err(format!(
                "`{FIELD}` must be a text (the base64 of a gzipped tar, or YAML), or {{\"image\": \"REPOSITORY@sha256:...\"}}, found {}",
                kind(&other)
            )),
        }
    }

    fn of_object(object: &Map<String, Value>) -> Result<Self, String> {
        let text = |key| object.get(key).and_then(Value::as_str).filter(|_| object.len() == 1);
        if let Some(digest) = text("bundle") {
            return BundleDigest::parse(digest)
                .map(Self::Recorded)
                .map_err(|error| error.to_string());
        }
        let image = text("image").ok_or_else(|| {
            format!("`{FIELD}` as an object must hold `image` alone, such as {{\"image\": \"ghcr.io/org/app-manifests@sha256:...\"}}")
        })?;
        ArtifactRef::parse(image)
            .map(Self::Artifact)
            .map_err(|error| format!("`{FIELD}.image`: {error}"))
    }
}

impl ReceivedManifests {
    /// What a request brings.
    pub(super) fn brought(bundle: Bundle) -> Self {
        let named = Some(RequestedManifests::Bundle(bundle.digest()));
        Self { named, brought: Some(BroughtBundle::of(bundle)), ..Self::default() }
    }

    /// What boathook fetched for it.
    pub(super) fn fetched(artifact: ArtifactRef, bundle: Bundle) -> Self {
        let named = RequestedManifests::Artifact { artifact, bundle: bundle.digest() };
        let brought = Some(BroughtBundle::of(bundle));
        Self { named: Some(named), brought, ..Self::default() }
    }

    /// What the record has already.
    pub(super) fn recorded(named: RequestedManifests) -> Self {
        Self { named: Some(named), ..Self::default() }
    }
}

impl BroughtBundle {
    fn of(bundle: Bundle) -> Self {
        let secret = secret_in(&bundle).map(str::to_owned);
        Self { bundle, secret }
    }
}
