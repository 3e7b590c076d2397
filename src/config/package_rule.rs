//! Which container packages on GitHub an environment deploys once they are published.

use boathook_core::{
    deployment::{ImageRef, Namespace, Repository, ServiceName},
    fault::Fault,
};
use serde::{Deserialize, Deserializer};

use crate::config::{Allow, Pattern, text::Text};

/// What the tags begin with under which registries keep signatures and attestations of an image.
pub(crate) const ATTACHED_TAG: &str = "sha256-";

/// One container package that an environment deploys when GitHub says that it was published.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageRule {
    /// The package, as the registry names it, without tag and digest.
    #[serde(deserialize_with = "image")]
    pub image: ImageRef,
    /// The repository that the package must be connected to.
    pub repository: Repository,
    /// The tags that deploy.
    pub tags: Vec<Pattern>,
    pub namespace: Namespace,
    pub service: ServiceName,
}

/// What cannot be used of an environment's rules: each must be able to deploy something.
pub(super) fn faults(rules: &[PackageRule], allow: &Allow) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let own = rule.fault().or_else(|| rule.never_reached(&rules[..index]));
        let own = own.into_iter().chain(rule.not_allowed(allow)).collect();
        faults.extend(Fault::inside(&format!("packages[{index}]"), own));
    }
    faults
}

impl PackageRule {
    /// Whether it is for this package, with this tag.
    #[must_use]
    pub fn takes(&self, image: &ImageRef, repository: &Repository, tag: &str) -> bool {
        self.image.repository() == image.repository()
            && self.repository.is(repository)
            && Pattern::any(&self.tags, tag)
    }

    fn fault(&self) -> Option<Fault> {
        if self.tags.is_empty() {
            return Some(Fault::new("tags", "must name the tags that deploy, such as [\"v*\"]"));
        }
        let is_tag = |text: &str| {
            ImageRef::parse(&format!("x:{text}")).is_ok() && !text.starts_with(ATTACHED_TAG)
        };
        let useless = self.tags.iter().find(|pattern| !pattern.can_match(is_tag))?;
        Some(Fault::new("tags", format!("`{useless}` can match no tag of an image")))
    }

    /// An event goes to the first rule that is for it.
    fn never_reached(&self, earlier: &[Self]) -> Option<Fault> {
        let same = |one: &&Self| one.image == self.image && one.repository.is(&self.repository);
        let taken: Vec<&Pattern> = earlier.iter().filter(same).flat_map(|one| &one.tags).collect();
        let is_taken = |tag: &Pattern| taken.iter().any(|one| *one == tag || one.is_anything());
        let message = "are all taken by a rule before this one; a package goes to the first rule that takes it";
        self.tags.iter().all(is_taken).then(|| Fault::new("tags", message))
    }

    fn not_allowed(&self, allow: &Allow) -> Vec<Fault> {
        let Self { image, namespace, service, repository: _, tags: _ } = self;
        Fault::of([
            (
                allow.images.iter().any(|pattern| pattern.matches_repository(image)),
                "image",
                "matches no pattern of `allow.images`, so nothing of it would be deployed; list it there too",
            ),
            (
                Pattern::any(&allow.namespaces, namespace.as_str()),
                "namespace",
                "is not in `allow.namespaces`, so nothing would be deployed there; list it there too",
            ),
            (
                Pattern::any(&allow.services, service.as_str()),
                "service",
                "is not in `allow.services`, so it would never be deployed; list it there too",
            ),
        ])
    }
}

fn image<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ImageRef, D::Error> {
    deserializer.deserialize_str(Text {
        expected: "a package with its registry, in lower case, without tag and digest, such as \"ghcr.io/acme/game\"",
        parse: |text| {
            // GitHub's registry knows lower case only.
            let image = ImageRef::parse(text).ok().filter(|_| text == text.to_ascii_lowercase())?;
            let is_bare = image.tag().is_none() && image.digest().is_none();
            (image.names_registry() && is_bare).then_some(image)
        },
    })
}
