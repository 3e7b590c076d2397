//! `boathook rbac`: what may be typed. The manifests are read in `startup`.

use std::path::PathBuf;

use boathook_core::deployment::ServiceKey;
use clap::Args;

use crate::cli::service::parse_service;

/// `boathook rbac`.
#[derive(Debug, Args)]
pub struct RbacArguments {
    /// The directory of default.yaml; the roles cover the manifests of its environments.
    #[arg(long, value_name = "DIR", env = "BOATHOOK_CONFIG", default_value = "/etc/boathook")]
    pub config: PathBuf,
    /// Only this service, whether or not the manifests hold it; may be repeated.
    #[arg(long = "for", value_name = "NAMESPACE/SERVICE", value_parser = parse_service)]
    pub services: Vec<ServiceKey>,
}
