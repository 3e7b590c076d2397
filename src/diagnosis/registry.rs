//! The cause in a registry's answer, as the kubelet, containerd and Knative report it.

use boathook_core::failure::{Class, is_refused_login, of_message};

use crate::diagnosis::Kind;

/// Why an image cannot be pulled.
pub(super) fn kind(message: &str) -> Kind {
    if of_message(message).is_some_and(Class::is_transient) {
        Kind::RegistryUnavailable
    } else if is_refused_login(message) {
        Kind::RegistryRefuses
    } else if lacks(message) {
        Kind::ImageMissing
    } else {
        Kind::RegistryUnavailable
    }
}

/// Whether the registry answered that it does not have the image. Quoted text is ignored: it may be
/// the image's name.
fn lacks(message: &str) -> bool {
    let said = message.split('"').step_by(2).collect::<String>().to_lowercase();
    [
        "404 not found",
        ": not found",
        "manifest unknown",
        "manifest_unknown",
        "name unknown",
        "name_unknown",
        "no match for platform",
    ]
    .iter()
    .any(|words| said.contains(words))
}
