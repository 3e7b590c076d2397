//! Which revision serves now: the one to keep, and to roll back to.

use boathook_core::{
    deployment::{RevisionName, ServiceKey},
    objects::Traffic,
};

use crate::{
    cluster::Service,
    plan::{PlanError, UnsettledTraffic},
};

/// The revision that has all traffic; none if nothing serves yet. `known` is what served last
/// according to the journal; it is ignored if no revision of this service ever was Ready, because
/// then the service is a new one.
///
/// Any other split was made by someone else and is refused: boathook would have to guess the
/// intention.
pub fn stable(
    key: &ServiceKey,
    service: &Service,
    known: Option<&RevisionName>,
) -> Result<Option<RevisionName>, PlanError> {
    let Some(traffic) = service.traffic() else {
        return match (service.latest_ready(), known) {
            (None, _) => Ok(None),
            (Some(_), Some(known)) => Ok(Some(known.clone())),
            (Some(ready), None) => {
                let service = key.clone();
                let ready = ready.to_owned();
                Err(PlanError::Unsettled(UnsettledTraffic::Unknown { service, ready }))
            }
        };
    };
    let names = traffic.0.iter().filter_map(|target| target.revision_name.as_deref());
    let whole = names
        .filter_map(|name| RevisionName::parse(name).ok())
        .find(|name| traffic.share_of(name) == 100);
    whole.map(Some).ok_or_else(|| split(key, traffic))
}

fn split(key: &ServiceKey, traffic: &Traffic) -> PlanError {
    let most = traffic.0.iter().max_by_key(|target| target.percent.unwrap_or(0));
    let revision = most
        .and_then(|target| target.revision_name.clone())
        .unwrap_or_else(|| "REVISION".to_owned());
    let service = key.clone();
    let traffic = traffic.in_words();
    PlanError::Unsettled(UnsettledTraffic::Split { service, traffic, revision })
}
