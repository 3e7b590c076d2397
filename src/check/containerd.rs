//! Checks that images can be pulled to the node: crictl, and its socket.

use boathook_core::deployment::error_chain;

use crate::{
    check::{
        CheckContext, CheckResult,
        kubectl::{absent, minor},
    },
    cluster::ClusterError,
    config::Config,
};

const TOOL: &str = "crictl";
const SOCKET: &str = "containerd";
/// From this minor version of 1 on it speaks the CRI v1 that containerd 2 asks for.
const OLDEST: u64 = 24;
const WHY: &str = "a deployment ends at its first step, the pull";

pub(super) async fn check(context: &CheckContext) -> Vec<CheckResult> {
    if !is_used(&context.config) {
        return vec![CheckResult::ok(TOOL, "not used: no environment pulls images with it")];
    }
    let words = context.config.tools.crictl.join(" ");
    let version = match context.cluster.crictl_version().await {
        Err(error) => {
            return vec![absent(TOOL, &words, &error, WHY)];
        }
        Ok(version) => judge(&words, &version),
    };
    vec![version, services(context).await.unwrap_or_else(|error| unreached(&error))]
}

async fn services(context: &CheckContext) -> Result<CheckResult, ClusterError> {
    let runtime = context.cluster.runtime().await?;
    context.cluster.image_service().await?;
    Ok(CheckResult::ok(SOCKET, format!("{runtime} answers, its image service too")))
}

fn is_used(config: &Config) -> bool {
    config.environments.values().any(|environment| {
        environment.enabled && environment.pull.enabled && environment.pull.command.is_none()
    })
}

fn judge(words: &str, version: &str) -> CheckResult {
    if minor(version).is_some_and(|minor| minor >= OLDEST) {
        return CheckResult::ok(TOOL, format!("`{words}` is {version}"));
    }
    CheckResult::warning(
        TOOL,
        format!("`{words}` is {version}"),
        format!("before 1.{OLDEST} it may not understand containerd"),
        "install a crictl of the cluster's own minor version, or set tools.crictl: [k3s, crictl]",
    )
}

fn unreached(error: &ClusterError) -> CheckResult {
    let said = error_chain(error);
    let fix = if said.contains("permission denied") {
        "systemctl enable --now boathook-containerd.path; systemctl start boathook-containerd (k3s makes the socket anew for root at each start)"
    } else if said.contains("no such file") {
        "systemctl status k3s; where containerd listens elsewhere, set CONTAINER_RUNTIME_ENDPOINT in tools.environment (and IMAGE_SERVICE_ENDPOINT, \
         where images have a socket of their own)"
    } else {
        "systemctl status k3s; crictl info; or set `pull: {enabled: false}`: Kubernetes then pulls, and a missing image is noticed later"
    };
    CheckResult::error(SOCKET, said, WHY, fix)
}
