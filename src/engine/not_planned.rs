//! Why a deployment goes no further than its plan.

use boathook_core::{deployment::error_chain, record::Reason};

use crate::{
    engine::{SurveyError, chosen_manifests::ManifestChoiceError, proven::ProvenError},
    journal::StoreError,
};

/// Why there is no plan.
pub(super) enum NotPlanned {
    /// The journal cannot be read, so nothing is known of the deployment; a restart goes on.
    Unreadable(StoreError),
    /// The deployment is not allowed any more, or something else came first.
    Rejected(Reason),
    /// No plan can be made.
    Failed(String),
}

impl NotPlanned {
    pub(super) fn rejected(reason: String) -> Self {
        Self::Rejected(Reason::stated(reason))
    }

    pub(super) fn failed(error: &dyn std::error::Error) -> Self {
        Self::Failed(error_chain(error))
    }
}

impl From<StoreError> for NotPlanned {
    fn from(error: StoreError) -> Self {
        Self::Unreadable(error)
    }
}

impl From<ProvenError> for NotPlanned {
    fn from(error: ProvenError) -> Self {
        match error {
            ProvenError::Store(error) => Self::Unreadable(error),
            error => Self::failed(&error),
        }
    }
}

impl From<ManifestChoiceError> for NotPlanned {
    fn from(error: ManifestChoiceError) -> Self {
        match error {
            ManifestChoiceError::Store(error) => Self::Unreadable(error),
            ManifestChoiceError::NotAllowed(reason) => Self::rejected(reason),
            error => Self::failed(&error),
        }
    }
}

impl From<SurveyError> for NotPlanned {
    fn from(error: SurveyError) -> Self {
        match error {
            SurveyError::Overtaken(reason) | SurveyError::NotAllowed(reason) => {
                Self::rejected(reason)
            }
            error => Self::failed(&error),
        }
    }
}
