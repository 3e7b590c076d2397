//! Where the manifests are, for commands that run in another directory than boathook's unit.

use std::path::Path;

use crate::config::Config;

/// A relative folder of manifests that is not in the working directory is searched next to the
/// configuration, where the unit runs.
pub(super) fn find_beside(config: &mut Config, directory: &Path) {
    for environment in config.environments.values_mut() {
        environment.change_all(|settings| {
            let beside = directory.join(&settings.manifests);
            if !settings.manifests.exists() && beside.exists() {
                settings.manifests = beside;
            }
        });
    }
}
