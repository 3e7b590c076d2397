//! The bundles that hold Secrets: their values must not stand in the journal, which is copied and
//! read by many, so they are kept in files that only boathook's user reads.

use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use boathook_core::deployment::BundleDigest;
use jiff::Timestamp;
use tokio::{fs, task::spawn_blocking};

use crate::replace_file::replace_through;

/// A file that is not in the journal yet, for so long, may be of a request that is being accepted.
const YOUNG: Duration = Duration::from_secs(3600);

/// The folder of these bundles.
#[derive(Clone, Debug)]
pub struct SecretBundles {
    folder: PathBuf,
}

impl SecretBundles {
    /// Those of a state directory.
    #[must_use]
    pub fn in_state(directory: &Path) -> Self {
        Self { folder: directory.join("bundles") }
    }

    /// Keeps a packed bundle; on return it is on disk.
    pub async fn keep(&self, digest: &BundleDigest, packed: &[u8]) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).await?;
        let path = self.path(digest);
        let partial = path.with_extension(unique()?);
        let packed = packed.to_vec();
        spawn_blocking(move || replace_through(&partial, &path, &packed)).await??;
        fs::File::open(&self.folder).await?.sync_all().await
    }

    /// A packed bundle; none if it is not there.
    pub async fn read(&self, digest: &BundleDigest) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path(digest)).await {
            Ok(packed) => Ok(Some(packed)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes those that are not among the `kept` ones, which the journal names; it is `now`.
    pub async fn prune(&self, kept: &[BundleDigest], now: Timestamp) -> io::Result<()> {
        let kept: HashSet<PathBuf> = kept.iter().map(|digest| self.path(digest)).collect();
        let mut entries = match fs::read_dir(&self.folder).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        while let Some(entry) = entries.next_entry().await? {
            let written = entry.metadata().await?.modified()?;
            let age = SystemTime::from(now).duration_since(written).unwrap_or_default();
            if age > YOUNG && !kept.contains(&entry.path()) {
                fs::remove_file(entry.path()).await?;
            }
        }
        Ok(())
    }

    fn path(&self, digest: &BundleDigest) -> PathBuf {
        let name = digest.as_str().trim_start_matches("sha256:");
        self.folder.join(format!("{name}.tar.gz"))
    }
}

/// An extension that no other request writes to at the same time.
fn unique() -> io::Result<String> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    Ok(format!("{}.partial", hex::encode(random)))
}
