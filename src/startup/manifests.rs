//! Where the manifests are, for commands that are not started where boathook's unit works.

use std::path::Path;

use crate::config::Config;

/// Folders of manifests that are not below the working directory are looked for beside the configuration, which is where the unit works.
pub(super) fn find_beside(config: &mut Config, directory: &Path) {
    for environment in config.environments.values_mut() {
        let beside = directory.join(&environment.manifests);
        if !environment.manifests.exists() && beside.exists() {
            environment.manifests = beside;
        }
    }
}
