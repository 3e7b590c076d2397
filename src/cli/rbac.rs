//! `boathook rbac`: what may be typed. The manifests are read in `startup`.

use std::path::PathBuf;

use boathook_core::deployment::{Namespace, ServiceKey, ServiceName};
use clap::Args;

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

fn parse_service(text: &str) -> Result<ServiceKey, String> {
    let (namespace, service) = text.split_once('/').ok_or("write it as NAMESPACE/SERVICE")?;
    let namespace = Namespace::parse(namespace).map_err(|error| error.to_string())?;
    let service = ServiceName::parse(service).map_err(|error| error.to_string())?;
    Ok(ServiceKey { namespace, service })
}
