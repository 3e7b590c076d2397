//! What an environment allows to be deployed.

use boathook_core::{
    deployment::{Namespace, ServiceName},
    fault::Fault,
};
use serde::Deserialize;

use crate::{
    bundles::{AcceptedManifests, KindName, NamePattern},
    config::{Network, Pattern, ServiceSelector},
};

/// What may be deployed, by whom and from where. Empty lists allow nothing, except `triggered_by`
/// and `sources`: empty, they allow everyone.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    /// Repositories, as the sender writes them without tag and digest.
    pub images: Vec<Pattern>,
    /// Namespaces.
    pub namespaces: Vec<Pattern>,
    /// Services.
    pub services: Vec<Pattern>,
    /// Whether an image may be named by a tag; otherwise only by digest.
    pub tags: bool,
    /// Who or what may trigger a deployment, as the sender says; empty for anyone.
    pub triggered_by: Vec<Pattern>,
    /// Where requests may come from; empty for anywhere.
    pub sources: Vec<Network>,
    /// Whether a request with `allow_older` may replace one that was made later.
    pub out_of_order: bool,
    /// Whether a request with `after_rollback` may reach a service that an operator rolled back, and
    /// release it by succeeding.
    pub after_rollback: bool,
    /// Whether a kustomization may fetch remote bases and files.
    pub remote_bases: bool,
    /// Where manifests may come from.
    pub manifests: AcceptedManifests,
    /// The repositories in registries that requests may name manifests in; empty for none.
    pub manifest_images: Vec<Pattern>,
    /// The kinds of objects that a bundle may hold.
    pub kinds: Vec<KindName>,
    /// The names of objects that a bundle may hold; empty for any.
    pub object_names: Vec<NamePattern>,
    /// Whether a bundle may hold Secrets with their values.
    pub secrets: bool,
}

impl Allow {
    pub(super) fn faults(&self) -> Vec<Fault> {
        let namespace = |text: &str| Namespace::parse(text).is_ok();
        let service = |text: &str| ServiceName::parse(text).is_ok();
        let mut faults = Fault::of([
            (
                self.images.iter().all(Pattern::is_repository),
                "images",
                "must name repositories without tag and digest, such as \"ghcr.io/acme/game\"; whether tags are taken is what allow.tags says",
            ),
            (
                self.manifest_images.iter().all(Pattern::is_repository),
                "manifest_images",
                "must name repositories without tag and digest, such as \"ghcr.io/acme/game-manifests\"",
            ),
        ]);
        let useless = |patterns: &'_ [Pattern]| {
            patterns.iter().find(|it| it.is_repository() && !it.can_match_repository()).cloned()
        };
        let lists = [
            ("images", useless(&self.images)),
            ("manifest_images", useless(&self.manifest_images)),
            ("namespaces", self.namespaces.iter().find(|it| !it.can_match(namespace)).cloned()),
            ("services", self.services.iter().find(|it| !it.can_match(service)).cloned()),
        ];
        faults.extend(lists.into_iter().filter_map(|(key, useless)| {
            Some(Fault::new(key, format!("`{}` can match no valid name", useless?)))
        }));
        faults
    }

    /// Whether a section of settings matches any service that may be deployed.
    pub(super) fn may_name(&self, selector: &ServiceSelector) -> bool {
        let namespace = selector
            .namespace
            .as_ref()
            .is_none_or(|namespace| Pattern::any(&self.namespaces, namespace.as_str()));
        namespace && Pattern::any(&self.services, selector.service.as_str())
    }
}
