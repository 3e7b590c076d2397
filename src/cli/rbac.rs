//! `boathook rbac`: what may be typed. The manifests are read in `startup`.

use boathook_core::deployment::ServiceKey;
use clap::Args;

use crate::cli::{ConfigArguments, service::parse_service};

/// `boathook rbac`.
#[derive(Debug, Args)]
pub struct RbacArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Only this service, whether or not the manifests hold it; may be repeated.
    #[arg(long = "for", value_name = "NAMESPACE/SERVICE", value_parser = parse_service)]
    pub services: Vec<ServiceKey>,
}
