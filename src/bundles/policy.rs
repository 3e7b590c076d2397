//! What an environment takes from bundles: which objects, and where. Folders of the node belong to
//! its operator, and no policy limits them.

use boathook_core::{
    deployment::{DeployRequest, Environment, ImageRef},
    objects::Document,
    wildcard,
};

use crate::bundles::{AcceptedManifests, KindName, NamePattern, images::images};

/// Objects that a refusal names at most.
const SHOWN: usize = 5;

/// What an environment takes from bundles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BundlePolicy {
    /// Where its manifests may come from.
    pub manifests: AcceptedManifests,
    /// How else the environment may be called in a bundle.
    pub aliases: Vec<Environment>,
    /// Patterns of the repositories whose images containers may name.
    pub images: Vec<String>,
    /// Whether images may be named by tag.
    pub tags: bool,
    /// The kinds of objects.
    pub kinds: Vec<KindName>,
    /// The names of objects besides services; empty for any.
    pub object_names: Vec<NamePattern>,
    /// Whether Secrets with values are taken.
    pub secrets: bool,
}

impl BundlePolicy {
    /// Why these objects of a bundle are not applied for a request; none if they may be.
    #[must_use]
    pub fn refusal(&self, documents: &[Document], request: &DeployRequest) -> Option<String> {
        let refused: Vec<String> = documents
            .iter()
            .filter_map(|document| {
                let why = self.denies(document, request)?;
                Some(format!("{}/{} {why}", KindName::of(document), document.name()))
            })
            .collect();
        let more = refused.len().saturating_sub(SHOWN);
        let more = (more > 0).then(|| format!("{more} more objects"));
        let named: Vec<String> = refused.into_iter().take(SHOWN).chain(more).collect();
        (!named.is_empty()).then(|| {
            format!(
                "the bundle holds what {} does not take: {}; take it out of the bundle, or ask its operator",
                request.environment,
                named.join("; ")
            )
        })
    }

    fn denies(&self, document: &Document, request: &DeployRequest) -> Option<String> {
        let kind = KindName::of(document);
        if document.is_namespace() || document.is_cluster_scoped() {
            return Some(
                "belongs to the whole cluster, and no bundle may hold such objects".to_owned(),
            );
        }
        if document.api_version().starts_with('/') {
            return Some("names no API group before the `/` of its apiVersion".to_owned());
        }
        if document.is_secret() {
            if !self.secrets {
                return Some("is a Secret, and `allow.secrets` is false".to_owned());
            }
        } else if !self.kinds.contains(&kind) {
            return Some("is of a kind that `allow.kinds` does not list".to_owned());
        }
        if !document.may_be_in(request.namespace.as_str()) {
            return Some(format!("is not in the namespace of the service, {}", request.namespace));
        }
        let is_named = self.object_names.is_empty()
            || self.object_names.iter().any(|pattern| pattern.matches(document.name()));
        if !document.is_knative_service() && !is_named {
            return Some("matches no pattern of `allow.object_names`".to_owned());
        }
        images(&document.0).into_iter().find_map(|image| self.denies_image(image, request))
    }

    /// The image of the request is judged as that, so a container of the same repository may have any
    /// tag: it gets the request's. All others are as images of requests.
    fn denies_image(&self, text: &str, request: &DeployRequest) -> Option<String> {
        let Ok(image) = ImageRef::parse(text) else {
            return Some(format!("names the image `{}`, which is none", text.escape_default()));
        };
        if image.is_same_repository(&request.image) {
            return None;
        }
        if !self.images.iter().any(|pattern| wildcard::matches_repository(pattern, &image)) {
            return Some(format!("names the image {image}, which `allow.images` does not list"));
        }
        (!self.tags && image.digest().is_none()).then(|| {
            format!("names the image {image} by tag, and `allow.tags` is false; name its digest")
        })
    }
}
