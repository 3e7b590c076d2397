//! A request as a sender would make it, for the service of a manifest.

use boathook_core::{
    deployment::{DeployRequest, Environment, ExternalId, ImageRef, ServiceKey},
    objects::Document,
};

/// Deployed where a manifest names no image that can be one: admission asks no registry.
const IMAGE: &str = "registry.invalid/boathook/check";

/// A request for the image that the manifest names.
pub(super) fn request(
    environment: Environment,
    key: &ServiceKey,
    manifest: &Document,
) -> Option<DeployRequest> {
    let named = manifest
        .0
        .pointer("/spec/template/spec/containers/0/image")
        .and_then(|image| ImageRef::parse(image.as_str()?).ok());
    let image = named.or_else(|| ImageRef::parse(IMAGE).ok())?;
    Some(DeployRequest::new(environment, image, key.clone(), ExternalId::parse("check").ok()?))
}
