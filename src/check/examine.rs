//! Runs every check, and reports in a fixed order.

use futures_util::{FutureExt, future::join_all};

use crate::{
    check::{
        CheckContext, CheckResult, access, api_server, approvers, audit, certificate, clock,
        containerd, disk, dry_run, environments, exposure, folders::Folders, journal, kubeconfig,
        kubectl, listeners, manifests, metrics, public_url, quotas, receivers, references,
        registries, running, sealing, secrets, services, short_secrets, state, taken, token, urls,
        user, visibility, ways_in,
    },
    cluster::ApiResources,
};

/// Runs all checks except that of the configuration's files, from which the context was built.
pub async fn examine(context: &CheckContext) -> Vec<CheckResult> {
    let on_this_machine = [
        user::check(context),
        exposure::check(&context.config),
        environments::check(&context.config),
        approvers::check(&context.config),
        secrets::check(context),
        receivers::check(context),
        sealing::check(context),
        certificate::check(context),
        state::check(&context.config.state.directory),
        disk::check(&context.config.state.directory),
        kubeconfig::check(&context.config),
        token::check(context),
    ];
    let elsewhere = join_all([
        listeners::check(context).boxed(),
        public_url::check(context).boxed(),
        ways_in::check(context).boxed(),
        running::check(context).boxed(),
        metrics::check(context).boxed(),
        journal::check(context).boxed(),
        audit::check(context).boxed(),
    ]);
    let tools = join_all([kubectl::check(context).boxed(), containerd::check(context).boxed()]);
    let (elsewhere, tools, (manifests, in_cluster)) =
        tokio::join!(elsewhere, tools, by_the_cluster(context));
    let found = on_this_machine
        .into_iter()
        .chain(elsewhere)
        .chain([manifests])
        .chain(tools)
        .chain([in_cluster]);
    found.flatten().collect()
}

/// The checks that need the cluster's API resources: of the manifests and of the cluster. If the
/// cluster does not answer, Kubernetes' conventions replace them, and one finding says why.
async fn by_the_cluster(context: &CheckContext) -> (Vec<CheckResult>, Vec<CheckResult>) {
    let (resources, folders) =
        tokio::join!(context.cluster.api_resources(), Folders::read(context));
    let resources = resources.unwrap_or_default();
    let (registries, in_cluster) = tokio::join!(
        registries::check(context, &folders),
        in_cluster(context, &folders, &resources)
    );
    let mut of_manifests = manifests::check(context, &folders, &resources);
    of_manifests.extend(short_secrets::check(&folders));
    of_manifests.extend(visibility::check(&folders));
    of_manifests.extend(registries);
    (of_manifests, in_cluster)
}

/// If the API server does not answer, this is the only result about the cluster.
async fn in_cluster(
    context: &CheckContext,
    folders: &Folders<'_>,
    resources: &ApiResources,
) -> Vec<CheckResult> {
    let mut findings = match api_server::check(context).await {
        Ok(reached) => vec![reached],
        Err(unreached) => return unreached.into_iter().collect(),
    };
    let (clock, access, services, references, quotas, taken) = tokio::join!(
        clock::check(context),
        access::check(context, folders, resources),
        services::check(context, folders),
        references::check(context, folders),
        quotas::check(context, folders),
        taken::check(context, folders),
    );
    findings.extend([clock, access, services, references, quotas, taken].into_iter().flatten());
    findings.extend(urls::check(context, folders).await);
    findings.extend(dry_run::check(context, folders).await);
    findings
}
