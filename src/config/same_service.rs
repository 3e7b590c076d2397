//! Promotions within one boathook that lead to one and the same service. Of two deployments of a
//! service the newer takes the other's place, so neither environment would have what it is for.

use boathook_core::{
    deployment::{Namespace, ServiceName},
    fault::Fault,
};

use crate::config::{Allow, EnvironmentConfig, Pattern, PromotionConfig};

/// A service as a promotion names it; without a name, it is the source's.
#[derive(PartialEq, Eq)]
struct Target<'a> {
    namespace: Option<&'a str>,
    service: Option<&'a str>,
}

impl<'a> Target<'a> {
    fn new(
        namespace: Option<&'a Namespace>,
        service: Option<&'a ServiceName>,
        source: &Allow,
    ) -> Self {
        let namespace = namespace.map(Namespace::as_str);
        let service = service.map(ServiceName::as_str);
        Self {
            namespace: namespace.filter(|name| only(&source.namespaces) != Some(name)),
            service: service.filter(|name| only(&source.services) != Some(name)),
        }
    }
}

/// The one name that is allowed, if there is no other.
fn only(allowed: &[Pattern]) -> Option<&str> {
    let [pattern] = allowed else { return None };
    pattern.literal()
}

/// The first promotion to the service of its source, or to that of another promotion.
pub(super) fn fault(source: &EnvironmentConfig) -> Option<Fault> {
    let mut known = vec![(None, Target::new(None, None, &source.allow))];
    let here = source.promotion.iter().filter(|next| next.happens() && next.url.is_none());
    for PromotionConfig { to, namespace, service_name, .. } in here {
        let target = Target::new(namespace.as_ref(), service_name.as_ref(), &source.allow);
        if let Some((other, _)) = known.iter().find(|(_, other)| *other == target) {
            let whose = other.map_or("of this environment".to_owned(), |to| format!("of {to}"));
            let message = format!(
                "{to} must not deploy the same service as a success {whose}; name another \
                 `namespace` or `service_name`"
            );
            return Some(Fault::new("", message));
        }
        known.push((Some(*to), target));
    }
    None
}
