//! Traffic that leaves open who is to serve.

use boathook_core::deployment::ServiceKey;

/// What is not as boathook leaves it, and the command that settles it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnsettledTraffic {
    /// Someone split it.
    #[error("traffic of {service} is split ({traffic}), which boathook did not do")]
    Split {
        service: ServiceKey,
        /// The traffic, as text.
        traffic: String,
        /// The revision with the largest share.
        revision: String,
    },
    /// Neither status nor the journal shows any.
    #[error("{service} shows no traffic although {ready} is ready")]
    Unknown {
        service: ServiceKey,
        /// Its latest ready revision.
        ready: String,
    },
}

impl UnsettledTraffic {
    /// The command that gives one revision all traffic.
    #[must_use]
    pub fn fix(&self) -> String {
        let (Self::Split { service: key, revision, traffic: _ }
        | Self::Unknown { service: key, ready: revision }) = self;
        let ServiceKey { namespace, service } = key;
        let patch = format!(
            r#"[{{"op":"replace","path":"/spec/traffic","value":[{{"revisionName":"{revision}","percent":100}}]}}]"#
        );
        format!("kubectl patch ksvc {service} -n {namespace} --type json -p '{patch}'")
    }
}
