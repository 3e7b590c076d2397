//! Versions and capabilities of the programs and the cluster. Reads only.

use boathook_core::deployment::Namespace;
use boathook_process::{Captured, Exit};
use jiff::{Timestamp, fmt::rfc2822};
use serde_json::Value;

use crate::cluster::{Cluster, ClusterError};

impl Cluster {
    /// kubectl's own version, such as `v1.33.1`.
    pub(crate) async fn kubectl_version(&self) -> Result<String, ClusterError> {
        let stdout =
            self.kubectl_alone(&["version", "--client", "-o", "json"], self.timeouts.get).await?;
        text_at("kubectl version", &stdout, "/clientVersion/gitVersion")
    }

    /// The API server's version.
    pub async fn api_version(&self) -> Result<String, ClusterError> {
        let stdout = self.kubectl(&["version", "-o", "json"], self.timeouts.get).await?;
        text_at("kubectl version", &stdout, "/serverVersion/gitVersion")
    }

    /// The API server's time of day, which its answers carry; none if kubectl does not show it.
    pub(crate) async fn api_time(&self) -> Result<Option<Timestamp>, ClusterError> {
        let finished = self.run_kubectl(&["version", "-v=8"], self.timeouts.get).await?;
        let stderr = finished.stderr.text();
        let dates = stderr
            .lines()
            .filter_map(|line| line.split_once("Date: "))
            .map(|(_, date)| date.trim());
        Ok(dates.filter_map(|date| rfc2822::parse(date).ok()).map(|date| date.timestamp()).next())
    }

    /// Whether access control allows this in a namespace; `resource` is as kubectl takes it, in
    /// the singular too, such as `deployment.apps`. [`Cluster::may_each`] asks many questions.
    pub(crate) async fn may(
        &self,
        namespace: &Namespace,
        verb: &str,
        resource: &str,
    ) -> Result<bool, ClusterError> {
        let arguments = ["auth", "can-i", verb, resource, "-n", namespace.as_str()];
        let finished = self.run_kubectl(&arguments, self.timeouts.get).await?;
        let answer = finished.stdout.text();
        // `no` ends with 1, as every failure does.
        match (answer.trim(), finished.exit) {
            ("yes", Exit::Code(0)) => Ok(true),
            (answer, Exit::Code(_)) if answer == "no" || answer.starts_with("no ") => Ok(false),
            _ => Err(ClusterError::of(format!("kubectl {}", arguments.join(" ")), &finished)),
        }
    }

    /// crictl's own version, such as `v1.36.0`.
    pub(crate) async fn crictl_version(&self) -> Result<String, ClusterError> {
        let stdout = self.crictl(&["--version"], self.timeouts.inspect).await?;
        Ok(stdout.text().split_whitespace().last().unwrap_or_default().to_owned())
    }

    /// What listens at the container runtime's socket, such as `containerd 2.1.9`.
    pub async fn runtime(&self) -> Result<String, ClusterError> {
        let stdout = self.crictl(&["version"], self.timeouts.inspect).await?;
        let text = stdout.text();
        let field = |name: &str| {
            text.lines().find_map(|line| line.strip_prefix(name)).map_or("?", str::trim)
        };
        Ok(format!("{} {}", field("RuntimeName:"), field("RuntimeVersion:")))
    }

    /// Whether the image service answers: pulls go there, and it may be another socket than the
    /// runtime's.
    pub(crate) async fn image_service(&self) -> Result<(), ClusterError> {
        self.crictl(&["imagefsinfo"], self.timeouts.inspect).await.map(drop)
    }
}

fn text_at(program: &str, stdout: &Captured, pointer: &str) -> Result<String, ClusterError> {
    let unreadable =
        |reason: String| ClusterError::Unreadable { program: program.to_owned(), reason };
    let value: Value =
        serde_json::from_slice(&stdout.bytes).map_err(|error| unreadable(error.to_string()))?;
    let text = value.pointer(pointer).and_then(Value::as_str);
    text.map(str::to_owned).ok_or_else(|| unreadable(format!("it holds no {pointer}")))
}
