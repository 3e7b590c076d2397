//! Whether boathook's account may apply what a bundle holds, asked before anything is changed: a role
//! is made for the kinds in the node's folder, and a bundle may bring others.

use std::collections::BTreeSet;

use boathook_core::{
    deployment::Namespace,
    objects::{Document, group_of},
};

use crate::{
    bundles::KindName,
    cluster::Cluster,
    engine::{survey_error::SurveyError, surveyor::Surveyor},
};

/// The API group of Knative's services and domains.
const SERVING: &str = "serving.knative.dev";
/// What `kubectl apply` does with an object that may be there or not.
const VERBS: [&str; 2] = ["create", "patch"];

impl Surveyor<'_> {
    /// Asks for each kind beside the service; the service's own permissions are those of every
    /// deployment.
    pub(super) async fn check_permissions(&self, beside: &[Document]) -> Result<(), SurveyError> {
        if self.context.manifests.bundle.is_none() {
            return Ok(());
        }
        self.check_namespaced(beside).await?;
        let kinds: BTreeSet<String> =
            beside.iter().map(|document| KindName::of(document).to_string()).collect();
        let namespace = &self.request.namespace;
        let mut denied = Vec::new();
        for kind in kinds {
            denied.extend(denied_verbs(self.cluster(), namespace, &kind).await?);
        }
        if denied.is_empty() {
            return Ok(());
        }
        Err(SurveyError::NotAllowed(format!(
            "the bundle holds what boathook's account may not apply in {namespace}: {}; its operator adds that to the role, or takes the kind out of `allow.kinds`",
            denied.join(", ")
        )))
    }
}

impl Surveyor<'_> {
    /// Whether the API server says of each kind that it belongs to a namespace. Of Kubernetes' own
    /// kinds that is known; what others add is asked for.
    async fn check_namespaced(&self, beside: &[Document]) -> Result<(), SurveyError> {
        let added = |document: &&Document| {
            let group = group_of(document.api_version());
            let is_own = !group.contains('.') || group.ends_with(".k8s.io");
            !is_own && group != SERVING
        };
        let added: Vec<&Document> = beside.iter().filter(added).collect();
        if added.is_empty() {
            return Ok(());
        }
        let resources = self.cluster().api_resources().await?;
        let elsewhere = added.into_iter().find(|document| {
            let found = resources.find(document.api_version(), document.kind());
            !found.is_some_and(|found| found.is_namespaced)
        });
        elsewhere.map_or(Ok(()), |document| {
            Err(SurveyError::NotAllowed(format!(
                "the bundle holds {}/{}, and by the API server that kind is unknown or belongs to the whole cluster; no bundle may hold such objects",
                KindName::of(document),
                document.name()
            )))
        })
    }
}

async fn denied_verbs(
    cluster: &Cluster,
    namespace: &Namespace,
    kind: &str,
) -> Result<Vec<String>, SurveyError> {
    let resource = kind.to_ascii_lowercase();
    let mut denied = Vec::new();
    for verb in VERBS {
        if !cluster.may(namespace, verb, &resource).await? {
            denied.push(format!("{verb} {kind}"));
        }
    }
    Ok(denied)
}
