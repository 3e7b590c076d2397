//! What happens to a service's hold. Senders learn of a hold where it refuses them, not from its
//! records.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use crate::{deployment::Requester, record::ServiceHold};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum HoldEvent {
    /// An operator rolled the service back.
    ServiceHeld(Arc<ServiceHold>),
    /// An operator, or a request that may, ended the hold.
    ServiceReleased { by: Requester, hold: Arc<ServiceHold> },
}
