//! Where the keys are that open sealed bodies.

use boathook_core::{fault::Fault, source::Source};
use serde::Deserialize;

/// How bodies are opened that senders sealed for this boathook.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealingConfig {
    /// Where its private keys are read from: several while senders change from one to the next.
    pub keys: Vec<Source>,
}

impl SealingConfig {
    /// What cannot be used.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let all = self.keys.iter().enumerate().filter(|(_, key)| !key.is_one());
        let message = "must name exactly one of `env`, `file` and `credential`";
        all.map(|(index, _)| Fault::new(format!("keys[{index}]"), message)).collect()
    }
}
