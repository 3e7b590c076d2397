//! Waiting until status shows who can reach the service.

use std::sync::Arc;

use boathook_core::objects::MetadataChange;
use tokio::time::Instant;

use crate::{
    cluster::Service,
    steps::{Context, StepError, watch::Watching},
};

/// Waits until status shows the new visibility; returns the service, or none if the change does not
/// affect visibility.
pub(crate) async fn see_visibility(
    context: &Context<'_>,
    until: Instant,
    generation: u64,
    metadata: &MetadataChange,
) -> Result<Option<Arc<Service>>, StepError> {
    let Some(local) = metadata.makes_local() else { return Ok(None) };
    let mut watching = Watching::begin(context, generation, until);
    loop {
        let service = watching.service().await.map_err(|error| match error {
            StepError::Failed(reason) => StepError::Failed(format!(
                "the change of the visibility label did not take effect: {reason}"
            )),
            other => other,
        })?;
        if service.is_observed() && service.is_cluster_local() == local {
            return Ok(Some(service));
        }
    }
}
