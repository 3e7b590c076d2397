//! For whom a service is, and over what.

use serde_json::Value;

const VISIBILITY: &str = "networking.knative.dev/visibility";
const HTTP_PROTOCOL: &str = "networking.knative.dev/http-protocol";

/// What a service asks for; no other value of the label or the annotation means anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exposure {
    /// To be reached from inside the cluster only.
    pub is_local: bool,
    /// To have the public gateway send every request on to https.
    pub redirects: bool,
}

impl Exposure {
    pub(crate) fn wanted(service: &Value) -> Self {
        let metadata = &service["metadata"];
        let protocol = metadata["annotations"][HTTP_PROTOCOL].as_str().unwrap_or_default();
        Self {
            is_local: metadata["labels"][VISIBILITY] == "cluster-local",
            redirects: protocol.eq_ignore_ascii_case("redirected"),
        }
    }
}
