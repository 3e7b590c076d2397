//! Checks that boathook's account has the permissions that deployments need, and not the whole
//! cluster.

use boathook_core::{
    deployment::{Namespace, error_chain},
    permissions::{Grant, Rule},
};
use futures_util::future::{join_all, try_join_all};

use crate::{
    check::{
        CheckContext, CheckResult, Folder, Grants,
        folders::{Folders, Readable},
        manifests,
    },
    cluster::{ApiResources, ClusterError},
};

const CHECK: &str = "permissions";

pub(super) async fn check(
    context: &CheckContext,
    folders: &Folders<'_>,
    resources: &ApiResources,
) -> Vec<CheckResult> {
    let mut grants = Grants::default();
    for Readable { environment: _, settings, documents } in folders.readable() {
        let folder = Folder::of(settings, resources);
        // The check of the manifests reports objects that are not allowed or that `take_up`
        // rejects.
        for document in documents
            .iter()
            .filter(|document| manifests::is_allowed_where_it_is(settings, document))
        {
            drop(grants.take_up(&folder, document));
        }
        grants.take_up_bundles(&folder, settings);
    }
    let in_cluster = grants.cluster_kinds().iter().map(|kind| (None, kind.rule()));
    let rules: Vec<(Option<Namespace>, Rule)> =
        grants.in_namespaces().flat_map(of_grant).chain(in_cluster).collect();
    let asked = rules.iter().map(async |(namespace, rule)| {
        (namespace.as_ref(), rule, denied(context, namespace.as_ref(), rule).await)
    });
    let (asked, everything) = tokio::join!(join_all(asked), context.cluster.may_everything());
    let mut findings: Vec<CheckResult> = asked
        .iter()
        .filter_map(|(namespace, rule, denied)| judge(*namespace, rule, denied))
        .collect();
    if findings.is_empty() && !rules.is_empty() {
        findings.push(CheckResult::ok(
            CHECK,
            format!("all that deployments need is allowed ({} rules)", rules.len()),
        ));
    }
    findings.extend(everything.unwrap_or(false).then(too_much));
    findings
}

fn of_grant(grant: &Grant) -> Vec<(Option<Namespace>, Rule)> {
    grant.rules().into_iter().map(|rule| (Some(grant.namespace.clone()), rule)).collect()
}

/// The parts of a rule that RBAC denies, in the words of `kubectl auth can-i`.
async fn denied(
    context: &CheckContext,
    namespace: Option<&Namespace>,
    rule: &Rule,
) -> Result<Vec<String>, ClusterError> {
    let resource = qualified(rule);
    let names: Vec<Option<&str>> = if rule.names.is_empty() {
        vec![None]
    } else {
        rule.names.iter().map(|name| Some(name.as_str())).collect()
    };
    let questions = rule.verbs.iter().flat_map(|verb| names.iter().map(move |name| (*verb, *name)));
    let answers = questions.map(async |(verb, name)| {
        let allowed = context.cluster.may(namespace, verb, &resource, name).await?;
        let object = name.map_or_else(|| resource.clone(), |name| format!("{resource}/{name}"));
        Ok::<_, ClusterError>((!allowed).then(|| format!("{verb} {object}")))
    });
    Ok(try_join_all(answers).await?.into_iter().flatten().collect())
}

/// The resource with its group, such as `services.serving.knative.dev`, to distinguish it from the
/// core `services`.
fn qualified(rule: &Rule) -> String {
    if rule.group.is_empty() {
        rule.resource.clone()
    } else {
        format!("{}.{}", rule.resource, rule.group)
    }
}

fn judge(
    namespace: Option<&Namespace>,
    rule: &Rule,
    denied: &Result<Vec<String>, ClusterError>,
) -> Option<CheckResult> {
    let fix = "with an administrator's kubeconfig: boathook rbac | kubectl apply -f - (scripts/setup.sh does it too)";
    match denied {
        Ok(denied) if denied.is_empty() => None,
        Ok(denied) => {
            let place = namespace
                .map_or_else(|| "in the cluster".to_owned(), |namespace| format!("in {namespace}"));
            let seen = format!("not allowed {place}: {}", denied.join(", "));
            Some(match rule.without {
                None => CheckResult::error(CHECK, seen, rule.why, fix),
                Some(without) => CheckResult::warning(
                    CHECK,
                    seen,
                    format!("deployments go on without it. {without}"),
                    fix,
                ),
            })
        }
        Err(error) => Some(CheckResult::warning(
            CHECK,
            error_chain(error),
            "whether deployments may do what they need is not known",
            "kubectl auth can-i --list",
        )),
    }
}

fn too_much() -> CheckResult {
    CheckResult::warning(
        CHECK,
        "the kubeconfig's account may do everything in the whole cluster",
        "anyone who takes over boathook, or steals its token, has the cluster",
        "scripts/setup.sh makes an account for boathook alone; tools.kubeconfig: /etc/boathook/kubeconfig",
    )
}
