//! What one patch of a service sets.

use boathook_core::objects::{Template, Traffic};
use serde_json::Value;

/// What a patch of the service sets; all of it or nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct ServicePatch<'a> {
    /// The expected UID, if known: a recreated service counts its generations from 1 again.
    pub uid: Option<&'a str>,
    /// The expected generation.
    pub generation: u64,
    /// The whole new template.
    pub template: Option<&'a Template>,
    /// The whole new traffic.
    pub traffic: &'a Traffic,
    /// Operations of JSON Patch on its own labels and annotations.
    pub metadata: &'a [Value],
}
