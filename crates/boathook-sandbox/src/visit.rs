//! A request to the data plane.

/// A request, as it comes to a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The gateway that it comes to.
    pub gateway: Gateway,
    /// The requested host, without a port.
    pub host: String,
    /// GET and such.
    pub method: String,
    /// The path, without its query.
    pub path: String,
    /// What was sent besides.
    pub headers: Vec<(String, String)>,
    /// The gRPC service to check, if this is a gRPC health check.
    pub grpc: Option<String>,
}

/// Which side of the cluster a request comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    /// The one that visitors reach: it has no service that only the cluster reaches.
    Public,
    /// The one inside the cluster: it has all services, under the names inside the cluster too.
    ClusterLocal,
}

impl Visit {
    /// A GET of `/`, as a visitor sends it.
    #[must_use]
    pub fn get(host: &str) -> Self {
        Self {
            gateway: Gateway::Public,
            host: host.to_owned(),
            method: "GET".to_owned(),
            path: "/".to_owned(),
            headers: Vec::new(),
            grpc: None,
        }
    }

    /// A header; names have no case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether it is the kubelet's own question, which Knative answers itself.
    pub(super) fn is_kubelet(&self) -> bool {
        self.header("user-agent").is_some_and(|agent| agent.starts_with("kube-probe/"))
            || self.header("k-kubelet-probe").is_some()
    }
}
