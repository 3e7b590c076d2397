//! Says which services are held after an operator's rollback, and releases them.

use std::sync::Arc;

use boathook_core::{
    deployment::{Actor, Environment, ServiceKey},
    record::ServiceHold,
};

use crate::journal::{
    Journal, ReleaseError,
    writer::{commands::Release, write::ReleaseRequest},
};

impl Journal {
    /// From now on promotions reach the service again. `by` is the operator.
    pub async fn release(
        &self,
        environment: Environment,
        service: ServiceKey,
        by: Actor,
    ) -> Result<Arc<ServiceHold>, ReleaseError> {
        let request = ReleaseRequest { environment, service, by };
        self.write(Release(request)).await
    }

    /// The held services, in the order in which they were rolled back.
    #[must_use]
    pub fn holds(&self) -> Vec<Arc<ServiceHold>> {
        self.shared.live().holds().to_vec()
    }
}
