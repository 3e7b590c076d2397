//! The images that the sandbox publishes, by name.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use boathook_core::deployment::{ImageRef, InvalidImageRef};
use serde::{Deserialize, Serialize};

use crate::{
    Cluster,
    behaviour_text::{self, UnknownBehaviour},
};

/// The repositories that are there from the start: the example application, and a smaller one.
pub const REPOSITORIES: [&str; 2] = ["ghcr.io/your-org/game-2048", "ghcr.io/your-org/hello"];
/// The tags that each of them has from the start, with what they do. Any other tag is absent.
const TAGS: [(&str, &str); 6] = [
    ("latest", "good"),
    ("v1", "good"),
    ("v2", "good"),
    ("crash", "crash"),
    ("slow", "slow"),
    ("errors", "errors"),
];

/// One image in the registry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// `REPOSITORY:TAG`.
    pub image: String,
    /// What its program does.
    pub behaviour: String,
    /// The tag's present digest.
    pub digest: String,
}

/// What is published. Clones are the same registry.
#[derive(Clone, Debug)]
pub struct Registry {
    cluster: Cluster,
    published: Arc<Mutex<BTreeMap<String, Published>>>,
}

/// Why an image was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The text has no `=`.
    #[error("`{0}` is not REPOSITORY:TAG=BEHAVIOUR")]
    NoBehaviour(String),
    /// The name is wrong.
    #[error("cannot publish under this name")]
    Image(#[from] InvalidImageRef),
    /// The behaviour is wrong.
    #[error("cannot publish with this behaviour")]
    Behaviour(#[from] UnknownBehaviour),
    /// A digest is what publishing gives.
    #[error("`{0}` names a digest; images are published under a tag")]
    Digest(ImageRef),
}

impl Registry {
    /// A registry with the images that are there from the start.
    pub fn stocked(cluster: Cluster) -> Result<Self, PublishError> {
        let registry = Self { cluster, published: Arc::default() };
        for repository in REPOSITORIES {
            for (tag, behaviour) in TAGS {
                registry.publish(&format!("{repository}:{tag}={behaviour}"))?;
            }
        }
        Ok(registry)
    }

    /// Publishes `REPOSITORY:TAG=BEHAVIOUR`; a tag that exists moves to a new digest.
    pub fn publish(&self, text: &str) -> Result<Published, PublishError> {
        let (image, behaviour) =
            text.split_once('=').ok_or_else(|| PublishError::NoBehaviour(text.to_owned()))?;
        let reference = ImageRef::parse(image)?;
        if reference.digest().is_some() {
            return Err(PublishError::Digest(reference));
        }
        let tag = reference.tag().unwrap_or("latest");
        let digest = self.cluster.publish(
            reference.repository(),
            tag,
            behaviour_text::parse(behaviour, tag)?,
        );
        let name = format!("{}:{tag}", reference.repository());
        let published = Published { image: name.clone(), behaviour: behaviour.to_owned(), digest };
        self.published
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, published.clone());
        Ok(published)
    }

    /// Everything that was published, by name.
    #[must_use]
    pub fn list(&self) -> Vec<Published> {
        self.published.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}
