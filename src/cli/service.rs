//! A service as typed: `NAMESPACE/NAME`.

use boathook_core::deployment::{Namespace, ServiceKey, ServiceName};

pub fn parse_service(text: &str) -> Result<ServiceKey, String> {
    let (namespace, service) =
        text.split_once('/').ok_or("expected a namespace and a name, such as game-prod/game")?;
    let namespace = Namespace::parse(namespace).map_err(|error| error.to_string())?;
    let service = ServiceName::parse(service).map_err(|error| error.to_string())?;
    Ok(ServiceKey { namespace, service })
}
