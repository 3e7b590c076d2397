//! Manifests beside the real kubectl.

mod as_kubectl;
mod created;
mod kustomize;
mod unchanged;
