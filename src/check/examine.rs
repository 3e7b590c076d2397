//! Looks at everything, and tells of it in a fixed order.

use futures_util::{FutureExt, future::join_all};

use crate::{
    check::{
        CheckContext, CheckResult, access, api_server, audit, certificate, clock, containerd, disk, dry_run, environments, exposure,
        folders::Folders, journal, kubeconfig, kubectl, manifests, public_url, receivers, references, running, secrets, services,
        short_secrets, state, taken, token, urls, user, visibility,
    },
    cluster::ApiResources,
};

/// Looks at everything but the configuration's files, which have made the patient.
pub async fn examine(patient: &CheckContext) -> Vec<CheckResult> {
    let on_this_machine = [
        user::look(patient),
        exposure::look(&patient.config),
        environments::look(&patient.config),
        secrets::look(patient),
        receivers::look(patient),
        certificate::look(patient),
        state::look(&patient.config.state.directory),
        disk::look(&patient.config.state.directory),
        kubeconfig::look(&patient.config),
        token::look(patient),
    ];
    let elsewhere = join_all([
        public_url::look(patient).boxed(),
        running::look(patient).boxed(),
        journal::look(patient).boxed(),
        audit::look(patient).boxed(),
    ]);
    let tools = join_all([kubectl::look(patient).boxed(), containerd::look(patient).boxed()]);
    let (elsewhere, tools, (manifests, in_cluster)) = tokio::join!(elsewhere, tools, by_the_cluster(patient));
    let found = on_this_machine.into_iter().chain(elsewhere).chain([manifests]).chain(tools).chain([in_cluster]);
    found.flatten().collect()
}

/// What depends on how the cluster serves its kinds: the manifests, and all that is asked of the cluster. Where it cannot be asked, the
/// conventions of Kubernetes have to do, and why it cannot be asked is one of the findings.
async fn by_the_cluster(patient: &CheckContext) -> (Vec<CheckResult>, Vec<CheckResult>) {
    let (resources, folders) = tokio::join!(patient.cluster.api_resources(), Folders::read(patient));
    let resources = resources.unwrap_or_default();
    let mut of_manifests = manifests::look(&folders, &resources);
    of_manifests.extend(short_secrets::look(&folders));
    of_manifests.extend(visibility::look(&folders));
    (of_manifests, in_cluster(patient, &folders, &resources).await)
}

/// Where the API server does not answer, that is all there is to say.
async fn in_cluster(patient: &CheckContext, folders: &Folders<'_>, resources: &ApiResources) -> Vec<CheckResult> {
    let mut findings = match api_server::look(patient).await {
        Ok(reached) => vec![reached],
        Err(unreached) => return unreached.into_iter().collect(),
    };
    let (clock, access, services, references, taken) = tokio::join!(
        clock::look(patient),
        access::look(patient, folders, resources),
        services::look(patient, folders),
        references::look(patient, folders, resources),
        taken::look(patient, folders),
    );
    findings.extend([clock, access, services, references, taken].into_iter().flatten());
    findings.extend(urls::look(patient, folders).await);
    findings.extend(dry_run::look(patient, folders).await);
    findings
}
