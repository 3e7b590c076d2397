//! The kubeconfig that kubectl is going to read. Without one it asks localhost:8080, where boathook
//! itself may listen, and a 404 of ours would read as an object that does not exist.

use std::{fs::File, path::PathBuf};

use tokio::task::spawn_blocking;

use crate::cluster::{ClusterError, Tools};

/// kubectl's variable with its kubeconfigs, divided by colons; it needs one of them.
pub(super) const KUBECONFIG: &str = "KUBECONFIG";

impl Tools {
    /// Why kubectl cannot read the kubeconfig that it is given; it reads files, and so blocks.
    /// Without one, kubectl finds the cluster by itself, as in a pod.
    #[must_use]
    pub fn kubeconfig_error(&self) -> Option<ClusterError> {
        unreadable(&self.kubeconfigs())
    }

    /// The same before each run of kubectl.
    pub(crate) async fn check_kubeconfig(&self) -> Result<(), ClusterError> {
        let paths = self.kubeconfigs();
        if paths.is_empty() {
            return Ok(());
        }
        // A thread that panicked found nothing wrong; kubectl says the rest.
        spawn_blocking(move || unreadable(&paths)).await.ok().flatten().map_or(Ok(()), Err)
    }

    /// Those that kubectl is given; without one it looks for a pod's account.
    pub(crate) fn kubeconfigs(&self) -> Vec<PathBuf> {
        let named = self.environment.iter().filter(|(name, _)| name == KUBECONFIG);
        let paths = named.flat_map(|(_, value)| value.split(':'));
        paths.filter(|path| !path.is_empty()).map(PathBuf::from).collect()
    }
}

/// The error of the first one, if none can be read.
fn unreadable(paths: &[PathBuf]) -> Option<ClusterError> {
    let mut errors = paths.iter().map(|path| (path, File::open(path).err()));
    let (path, source) = errors.next()?;
    let source = source?;
    errors.all(|(_, error)| error.is_some()).then(|| ClusterError::NoKubeconfig {
        path: std::path::absolute(path).unwrap_or_else(|_| path.clone()),
        source,
    })
}
