//! Runs every check, and reports in a fixed order.

use futures_util::{FutureExt, future::join_all};

use crate::{
    check::{
        CheckContext, CheckResult, access, api_server, audit, certificate, clock, containerd, disk, dry_run, environments, exposure,
        folders::Folders, journal, kubeconfig, kubectl, manifests, public_url, receivers, references, running, secrets, services,
        short_secrets, state, taken, token, urls, user, visibility,
    },
    cluster::ApiResources,
};

/// Looks at everything but the configuration's files, which have made the context.
pub async fn examine(context: &CheckContext) -> Vec<CheckResult> {
    let on_this_machine = [
        user::look(context),
        exposure::look(&context.config),
        environments::look(&context.config),
        secrets::look(context),
        receivers::look(context),
        certificate::look(context),
        state::look(&context.config.state.directory),
        disk::look(&context.config.state.directory),
        kubeconfig::look(&context.config),
        token::look(context),
    ];
    let elsewhere = join_all([
        public_url::look(context).boxed(),
        running::look(context).boxed(),
        journal::look(context).boxed(),
        audit::look(context).boxed(),
    ]);
    let tools = join_all([kubectl::look(context).boxed(), containerd::look(context).boxed()]);
    let (elsewhere, tools, (manifests, in_cluster)) = tokio::join!(elsewhere, tools, by_the_cluster(context));
    let found = on_this_machine.into_iter().chain(elsewhere).chain([manifests]).chain(tools).chain([in_cluster]);
    found.flatten().collect()
}

/// The checks that need the cluster's API resources: of the manifests and of the cluster. If the cluster does not answer, Kubernetes'
/// conventions replace them, and one finding says why.
async fn by_the_cluster(context: &CheckContext) -> (Vec<CheckResult>, Vec<CheckResult>) {
    let (resources, folders) = tokio::join!(context.cluster.api_resources(), Folders::read(context));
    let resources = resources.unwrap_or_default();
    let mut of_manifests = manifests::look(&folders, &resources);
    of_manifests.extend(short_secrets::look(&folders));
    of_manifests.extend(visibility::look(&folders));
    (of_manifests, in_cluster(context, &folders, &resources).await)
}

/// If the API server does not answer, this is the only result about the cluster.
async fn in_cluster(context: &CheckContext, folders: &Folders<'_>, resources: &ApiResources) -> Vec<CheckResult> {
    let mut findings = match api_server::look(context).await {
        Ok(reached) => vec![reached],
        Err(unreached) => return unreached.into_iter().collect(),
    };
    let (clock, access, services, references, taken) = tokio::join!(
        clock::look(context),
        access::look(context, folders, resources),
        services::look(context, folders),
        references::look(context, folders),
        taken::look(context, folders),
    );
    findings.extend([clock, access, services, references, taken].into_iter().flatten());
    findings.extend(urls::look(context, folders).await);
    findings.extend(dry_run::look(context, folders).await);
    findings
}
