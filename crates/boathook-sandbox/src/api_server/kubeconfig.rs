//! The kubeconfig that leads the real kubectl to this API server.

use std::net::SocketAddr;

use crate::api_server::identity;

/// A kubeconfig for a caller.
#[must_use]
pub fn kubeconfig(api: SocketAddr, caller: &str) -> String {
    let base = identity::base_path(caller);
    format!(
        "# The caller is named in the path: kubectl sends tokens over TLS only, and this API server speaks plain HTTP on loopback.
apiVersion: v1
kind: Config
current-context: sandbox
clusters:
  - name: sandbox
    cluster:
      server: \"http://{api}{base}\"
users:
  - name: sandbox
    user: {{}}
contexts:
  - name: sandbox
    context:
      cluster: sandbox
      user: sandbox
      namespace: default
"
    )
}
