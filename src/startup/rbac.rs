//! `boathook rbac`: the roles that boathook's account needs for the objects in the manifests.

use std::{env, io, path::Path, process::ExitCode, sync::Arc};

use boathook_core::{
    deployment::error_chain,
    permissions::{Grant, manifests},
};
use boathook_process::ProgramRunner;

use crate::{
    api_proxy::ProxyEnd,
    check::{Folder, GrantError, Grants},
    cli::{RbacArguments, print, print_to_stderr},
    cluster::{ApiResources, Cluster, Reads},
    config::{Config, ConfigError},
    engine::WorkFolder,
    manifests::{ManifestError, ManifestFolder},
    redact::Redactor,
    startup::{
        check, end_signals::EndSignals, manifests::find_beside, reading, redaction, settings,
    },
};

/// Why there are no roles.
#[derive(Debug, thiserror::Error)]
pub enum RbacError {
    /// The configuration is invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The manifests cannot be read.
    #[error(transparent)]
    Manifests(#[from] ManifestError),
    /// The permissions of an object cannot be determined.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// Signals cannot be received.
    #[error("failed to listen for signals")]
    Signals(#[from] io::Error),
    /// A signal ended it.
    #[error("{0} came before the roles were printed")]
    Ended(&'static str),
}

/// Prints a role and its binding for each namespace. A signal ends it early; it leaves nothing
/// behind then either.
pub async fn rbac(arguments: &RbacArguments) -> Result<ExitCode, RbacError> {
    let mut signals = EndSignals::of_command()?;
    tokio::select! {
        printed = print_roles(arguments) => printed,
        signal = signals.received() => Err(RbacError::Ended(signal)),
    }
}

async fn print_roles(arguments: &RbacArguments) -> Result<ExitCode, RbacError> {
    let mut grants = Grants::default();
    if arguments.services.is_empty() {
        let mut config = arguments.config.load()?;
        find_beside(&mut config, &arguments.config.directory);
        let work = check::work_folder();
        let (cluster, proxy_end) = asked_as_the_caller(&config, &work);
        let resources = api_resources(&config, &cluster).await;
        proxy_end.end().await;
        for environment in config.environments.values().filter(|environment| environment.enabled) {
            let folder = Folder::of(environment, &resources);
            let manifests = ManifestFolder {
                path: &environment.manifests,
                remote_bases: environment.allow.remote_bases,
                within: None,
            };
            let documents = match environment.has_bundles_alone() {
                true => Vec::new(),
                false => manifests.read(&cluster, &Redactor::default()).await?.documents,
            };
            for document in documents {
                grants.take_up(&folder, &document)?;
            }
            grants.take_up_bundles(&folder, environment);
        }
    }
    arguments.services.iter().for_each(|service| grants.add(service));
    let in_namespaces: Vec<Grant> = grants.in_namespaces().cloned().collect();
    print(manifests(&in_namespaces, grants.cluster_kinds()).trim_end());
    Ok(ExitCode::SUCCESS)
}

/// The cluster as the caller sees it, who is an administrator: boathook's own account may not be
/// there yet, nor its state directory, which must not become the caller's.
fn asked_as_the_caller(config: &Config, work: &io::Result<WorkFolder>) -> (Cluster, ProxyEnd) {
    let mut tools = settings::tools_in(config, Path::new(settings::NOWHERE));
    if let Some(own) = env::var("KUBECONFIG").ok().filter(|path| !path.is_empty()) {
        tools.environment.retain(|(name, _)| name != "KUBECONFIG");
        tools.environment.push(("KUBECONFIG".to_owned(), own));
    }
    let runner = Arc::new(ProgramRunner::default());
    let tools = Arc::new(tools);
    let folder = work.as_ref().map_or(Path::new(settings::NOWHERE), WorkFolder::path);
    let (proxy, proxy_end) =
        reading::for_command(runner.clone(), &tools, folder.join("proxy"), &Redactor::default());
    let reads = Reads::new(Arc::new(proxy));
    (Cluster::new(runner, reads, tools, check::timeouts()), proxy_end)
}

/// How the cluster serves its kinds.
async fn api_resources(config: &Config, cluster: &Cluster) -> ApiResources {
    cluster.api_resources().await.unwrap_or_else(|error| {
        let redactor = Redactor::default();
        redaction::learn_of(&redactor, config, &[], env::vars_os());
        print_to_stderr(format_args!(
            "boathook: the cluster could not be asked for its kinds, so their plurals follow Kubernetes' conventions: {}",
            redactor.text(&error_chain(&error))
        ));
        ApiResources::default()
    })
}
