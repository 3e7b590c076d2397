//! Manifests beside the real kubectl.

mod as_kubectl;
mod kustomize;
mod unchanged;
