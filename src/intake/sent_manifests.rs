//! The field `manifests` of a body: the manifests that a request brings, or names.

use boathook_core::deployment::{Bundle, BundleDigest, ImageRef, RequestedManifests};
use serde_json::{Map, Value};
use tokio::task::spawn_blocking;

use crate::{
    bundles::{self, BundleError, BundleLimits},
    intake::{FieldProblem, Refusal, fields::kind},
    journal::StoreError,
    manifests::secret_in,
};

const FIELD: &str = "manifests";

/// What a body says in `manifests`, not yet unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentManifests {
    /// The base64 of a gzipped tar, or one YAML text.
    Content(String),
    /// An artifact in a registry, by digest.
    Image(ImageRef),
    /// A bundle that the journal holds: only boathook's own promotions name one so.
    Recorded(BundleDigest),
}

/// The manifests of a request, unpacked.
#[derive(Debug, Default)]
pub(super) struct ReceivedManifests {
    pub(super) named: Option<RequestedManifests>,
    /// The content, where the request brings it.
    pub(super) brought: Option<BroughtBundle>,
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
        let image = ImageRef::parse(image).map_err(|error| format!("`{FIELD}.image`: {error}"))?;
        match image.digest() {
            Some(_) => Ok(Self::Image(image)),
            None => Err(format!(
                "`{FIELD}.image` must name the artifact by digest: REPOSITORY@sha256:..."
            )),
        }
    }

    /// Unpacks it, apart from what answers others. Only boathook's `own` requests may name a bundle of
    /// the journal.
    pub(super) async fn received(
        self,
        limits: BundleLimits,
        own: bool,
    ) -> Result<ReceivedManifests, Refusal> {
        match self {
            Self::Content(text) => {
                let read = spawn_blocking(move || brought(&text, &limits)).await;
                let brought =
                    read.map_err(|_panicked| Refusal::Unwritable(StoreError::Stopped))??;
                let named = Some(RequestedManifests::Bundle(brought.bundle.digest()));
                Ok(ReceivedManifests { named, brought: Some(brought) })
            }
            Self::Recorded(digest) if own => {
                let named = Some(RequestedManifests::Bundle(digest));
                Ok(ReceivedManifests { named, brought: None })
            }
            Self::Recorded(_) => Err(wrong(
                "`manifests.bundle` is for boathook's own promotions; send the manifests themselves",
            )),
            Self::Image(_) => Err(wrong(
                "`manifests.image` is not supported by this boathook; send the manifests themselves",
            )),
        }
    }
}

fn brought(text: &str, limits: &BundleLimits) -> Result<BroughtBundle, BundleError> {
    let bundle = bundles::receive(text, limits)?;
    let secret = secret_in(&bundle).map(str::to_owned);
    Ok(BroughtBundle { bundle, secret })
}

fn wrong(message: &str) -> Refusal {
    Refusal::Fields(vec![FieldProblem { field: FIELD.to_owned(), message: message.to_owned() }])
}
