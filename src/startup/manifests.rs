//! Where the manifests are, for commands that run in another directory than boathook's unit.

use std::path::Path;

use crate::config::Config;

/// A relative folder of manifests that is not in the working directory is searched next to the
/// configuration, where the unit runs.
pub(super) fn find_beside(config: &mut Config, directory: &Path) {
    for environment in config.environments.values_mut() {
        let beside = directory.join(&environment.manifests);
        if !environment.manifests.exists() && beside.exists() {
            environment.manifests = beside;
        }
    }
}
