//! Fetches an artifact: its manifest, and then its layers.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt, fs,
    path::Path,
    sync::Arc,
};

use boathook_core::deployment::{ArtifactRef, Bundle};
use tokio::{
    sync::Semaphore,
    task::spawn_blocking,
    time::{Instant, timeout},
};

use crate::{
    artifacts::{
        ArtifactError, ArtifactFault, ArtifactSettings,
        content::{Layers, NoBundle},
        manifest::{ACCEPTED, Content, Layer},
    },
    bundles::{BundleError, BundleLimits},
    registries::{
        Endpoint, HttpTransport, RegistriesFile, RegistryFailure, Session, Transport, Unreachable,
        UnusableFile,
    },
};

/// Artifacts that are fetched at the same time; more wait, within their time.
const AT_ONCE: usize = 4;
/// The most bytes of a manifest, as registries take it.
const MANIFEST_MAX: usize = 4 << 20;

/// What fetches artifacts.
#[derive(Clone)]
pub struct Artifacts {
    settings: ArtifactSettings,
    transport: Arc<dyn Transport>,
    room: Arc<Semaphore>,
}

/// Why an endpoint was left.
enum Left {
    /// Another endpoint may have it.
    Failed(RegistryFailure),
    /// Its digest says that no endpoint has anything else.
    Refused(ArtifactFault),
    TooLarge(BundleError),
}

impl Artifacts {
    /// With these settings, over this transport.
    #[must_use]
    pub fn new(settings: ArtifactSettings, transport: Arc<dyn Transport>) -> Self {
        Self { settings, transport, room: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The same over the network.
    #[must_use]
    pub fn over_http(settings: ArtifactSettings) -> Self {
        Self::new(settings, Arc::new(HttpTransport::default()))
    }

    /// The bundle in an artifact. Everything together ends within the time that the settings give.
    pub async fn bundle(
        &self,
        artifact: &ArtifactRef,
        limits: BundleLimits,
    ) -> Result<Bundle, ArtifactError> {
        let fetched = async {
            let _room = self.room.acquire().await.map_err(|_closed| ArtifactError::Stopping)?;
            let layers = self.layers(artifact, limits).await?;
            let made = spawn_blocking(move || layers.bundle(&limits)).await;
            made.map_err(|_panicked| ArtifactError::Stopping)?.map_err(|error| match error {
                NoBundle::Refused(error) => ArtifactError::Bundle(error),
                NoBundle::Fault(fault) => {
                    ArtifactError::NoBundle { artifact: Box::new(artifact.clone()), fault }
                }
            })
        };
        let slow = || ArtifactError::TooSlow {
            artifact: Box::new(artifact.clone()),
            timeout: self.settings.timeout,
        };
        timeout(self.settings.timeout, fetched).await.unwrap_or_else(|_| Err(slow()))
    }

    /// The layers, from the first endpoint that has them.
    async fn layers(
        &self,
        artifact: &ArtifactRef,
        limits: BundleLimits,
    ) -> Result<Layers, ArtifactError> {
        let deadline = Instant::now() + self.settings.timeout;
        let mut failures = Vec::new();
        let mut endpoints: VecDeque<Endpoint> = self.endpoints(artifact).await?.into();
        while let Some(endpoint) = endpoints.pop_front() {
            let asked = self.layers_at(&endpoint, artifact, limits);
            let asked = match u32::try_from(endpoints.len()) {
                // The last one has all the time that is left.
                Ok(0) | Err(_) => asked.await,
                // A mirror that says nothing leaves time for the others.
                Ok(others) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    let silent =
                        || Left::Failed(RegistryFailure::Unreachable(Unreachable::TimedOut));
                    timeout(left / (others + 1), asked).await.unwrap_or_else(|_| Err(silent()))
                }
            };
            match asked {
                Ok(layers) => return Ok(layers),
                Err(Left::Failed(failure)) => failures.push((endpoint.host(), failure)),
                Err(Left::Refused(fault)) => {
                    return Err(ArtifactError::NoBundle {
                        artifact: Box::new(artifact.clone()),
                        fault,
                    });
                }
                Err(Left::TooLarge(error)) => return Err(ArtifactError::Bundle(error)),
            }
        }
        Err(ArtifactError::NotFetched { artifact: Box::new(artifact.clone()), failures })
    }

    /// Where the node asks for it. The file is read each time, so that what an operator writes counts.
    async fn endpoints(&self, artifact: &ArtifactRef) -> Result<Vec<Endpoint>, ArtifactError> {
        let whole = artifact.image().full_repository();
        let (registry, repository) = whole.split_once('/').unwrap_or(("", &whole));
        let path = self.settings.registries.clone();
        let file = match path.clone() {
            None => Ok(None),
            Some(path) => spawn_blocking(move || RegistriesFile::read(&path))
                .await
                .map_err(|_panicked| ArtifactError::Stopping)?,
        };
        let path = path.unwrap_or_default();
        let unreadable = |error: std::io::Error| ArtifactError::NoLogins {
            path: path.clone(),
            reason: error.to_string(),
        };
        let file = file.map_err(unreadable)?.unwrap_or_default();
        file.endpoints(registry, repository).map_err(|fault| match fault {
            UnusableFile::Endpoint(address) if address == registry => ArtifactError::NoBundle {
                artifact: Box::new(artifact.clone()),
                fault: ArtifactFault::NoRegistry,
            },
            fault => ArtifactError::UnusableLogins { path: path.clone(), fault },
        })
    }

    async fn layers_at(
        &self,
        endpoint: &Endpoint,
        artifact: &ArtifactRef,
        limits: BundleLimits,
    ) -> Result<Layers, Left> {
        let authority = endpoint.ca_file.as_deref().map(authority).transpose()?;
        let mut session = Session::new(endpoint, &*self.transport, authority);
        let manifest = session.get("manifests", artifact.digest(), ACCEPTED, MANIFEST_MAX).await?;
        match Content::of(manifest.bytes()).map_err(Left::Refused)? {
            Content::Archive { layer, folder } => {
                let packed = blob(&mut session, &layer, limits.max_packed(), limits).await?;
                Ok(Layers::Archive { packed, folder })
            }
            Content::Text(layer) => {
                Ok(Layers::Text(blob(&mut session, &layer, limits.max_bytes, limits).await?))
            }
            Content::Files(layers) => {
                let mut files = BTreeMap::new();
                let mut left = limits.max_bytes;
                if layers.len() > limits.max_entries {
                    return Err(Left::Refused(ArtifactFault::Layers(layers.len())));
                }
                for (path, layer) in layers {
                    let content = blob(&mut session, &layer, left, limits).await?;
                    left -= content.len();
                    files.insert(path, content);
                }
                Ok(Layers::Files(files))
            }
        }
    }
}

/// A layer, of which no more than `max` bytes are read.
async fn blob(
    session: &mut Session<'_>,
    layer: &Layer,
    max: usize,
    limits: BundleLimits,
) -> Result<Vec<u8>, Left> {
    let too_large = || Left::TooLarge(BundleError::TooLarge { max: limits.max_bytes });
    if layer.size > max as u64 {
        return Err(too_large());
    }
    match session.get("blobs", &layer.digest, "*/*", max).await {
        Ok(fetched) => Ok(fetched.into_bytes()),
        Err(RegistryFailure::TooLarge { .. }) => Err(too_large()),
        Err(failure) => Err(Left::Failed(failure)),
    }
}

/// The authority that an operator names for a registry: a small file of the node.
fn authority(path: &Path) -> Result<Vec<u8>, RegistryFailure> {
    fs::read(path).map_err(|error| RegistryFailure::Authority {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}

impl From<RegistryFailure> for Left {
    fn from(failure: RegistryFailure) -> Self {
        Self::Failed(failure)
    }
}

impl fmt::Debug for Artifacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Artifacts").field("settings", &self.settings).finish_non_exhaustive()
    }
}
