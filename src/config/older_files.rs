//! What an operator's older files leave out or say differently, so that an upgrade changes nothing.

use ::config::{Value, ValueKind};
use boathook_core::deployment::{Environment, Environments};

use crate::config::layers::Tree;

/// The environments that once had another name by themselves.
const SHORT_NAMES: [(&str, &str); 2] = [("development", "dev"), ("production", "prod")];
/// The folder of all environments that the older `default.yaml` names.
const SHARED_FOLDER: &str = "manifests";

/// Gives an environment its short name, if its file says nothing of aliases and no other
/// environment has that name.
pub(super) fn add_short_name(environment: Environment, file: &mut Tree, known: &Environments) {
    let short = SHORT_NAMES.iter().find(|(name, _)| *name == environment.name());
    if let Some((_, short)) = short
        && known.find(short).is_err()
    {
        let aliases = || Value::new(None, vec![*short]);
        file.entry("aliases".to_owned()).or_insert_with(aliases);
    }
}

/// Leaves out the shared folder: each environment has a folder of its own.
pub(super) fn leave_out_shared_folder(defaults: &mut Tree) {
    let is_shared = |folder: &Value| folder.kind == ValueKind::String(SHARED_FOLDER.to_owned());
    if defaults.get("manifests").is_some_and(is_shared) {
        defaults.remove("manifests");
    }
}
