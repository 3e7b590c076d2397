//! Checks that boathook's account has the permissions that deployments need, and not the whole
//! cluster.

use boathook_core::{
    deployment::{Namespace, error_chain},
    permissions::{Grant, Rule},
};

use crate::{
    check::{
        CheckContext, CheckResult, Folder, Grants,
        folders::{Folders, Readable},
        manifests,
    },
    cluster::{AccessQuestion, ApiResources},
};

const CHECK: &str = "permissions";

pub(super) async fn check(
    context: &CheckContext,
    folders: &Folders<'_>,
    resources: &ApiResources,
) -> Vec<CheckResult> {
    let grants = needed(folders, resources);
    let in_cluster = grants.cluster_kinds().iter().map(|kind| (None, kind.rule()));
    let rules: Vec<(Option<Namespace>, Rule)> =
        grants.in_namespaces().flat_map(of_grant).chain(in_cluster).collect();
    let questions: Vec<Vec<AccessQuestion>> =
        rules.iter().map(|(namespace, rule)| questions(namespace.as_ref(), rule)).collect();
    let asked: Vec<AccessQuestion> = [AccessQuestion::of_everything()]
        .into_iter()
        .chain(questions.iter().flatten().cloned())
        .collect();
    let work = match &context.work {
        Ok(work) => work.path().join("access"),
        Err(error) => return vec![unknown(error)],
    };
    let mut answers = match context.cluster.may_each(&work, &asked).await {
        Ok(answers) => answers.into_iter(),
        Err(error) => return vec![unknown(&error)],
    };
    let everything = answers.next().unwrap_or(false);
    let mut findings: Vec<CheckResult> = rules
        .iter()
        .zip(&questions)
        .filter_map(|((namespace, rule), questions)| {
            let denied: Vec<String> = questions
                .iter()
                .zip(answers.by_ref())
                .filter(|(_, allowed)| !allowed)
                .map(|(question, _)| in_words(question))
                .collect();
            judge(namespace.as_ref(), rule, &denied)
        })
        .collect();
    if findings.is_empty() && !rules.is_empty() {
        findings.push(CheckResult::ok(
            CHECK,
            format!("all that deployments need is allowed ({} rules)", rules.len()),
        ));
    }
    findings.extend(everything.then(too_much));
    findings
}

/// What the manifests of all environments, and the bundles that they accept, need.
fn needed(folders: &Folders<'_>, resources: &ApiResources) -> Grants {
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
    grants
}

fn of_grant(grant: &Grant) -> Vec<(Option<Namespace>, Rule)> {
    grant.rules().into_iter().map(|rule| (Some(grant.namespace.clone()), rule)).collect()
}

/// What a rule grants, verb by verb and name by name.
fn questions(namespace: Option<&Namespace>, rule: &Rule) -> Vec<AccessQuestion> {
    let names: Vec<Option<String>> = if rule.names.is_empty() {
        vec![None]
    } else {
        rule.names.iter().cloned().map(Some).collect()
    };
    let of_verb = |verb: &&'static str| {
        names.iter().map(|name| AccessQuestion {
            namespace: namespace.cloned(),
            verb: (*verb).to_owned(),
            group: rule.group.clone(),
            resource: rule.resource.clone(),
            name: name.clone(),
        })
    };
    rule.verbs.iter().flat_map(of_verb).collect()
}

/// The verb and the resource with its group, such as `patch services.serving.knative.dev/game`, to
/// distinguish it from the core `services`.
fn in_words(question: &AccessQuestion) -> String {
    let AccessQuestion { namespace: _, verb, group, resource, name } = question;
    let group = if group.is_empty() { String::new() } else { format!(".{group}") };
    let name = name.as_ref().map(|name| format!("/{name}")).unwrap_or_default();
    format!("{verb} {resource}{group}{name}")
}

fn judge(namespace: Option<&Namespace>, rule: &Rule, denied: &[String]) -> Option<CheckResult> {
    if denied.is_empty() {
        return None;
    }
    let fix = "with an administrator's kubeconfig: boathook rbac | kubectl apply -f - (scripts/setup.sh does it too)";
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

fn unknown(error: &dyn std::error::Error) -> CheckResult {
    CheckResult::warning(
        CHECK,
        error_chain(error),
        "whether deployments may do what they need is not known",
        "kubectl auth can-i --list",
    )
}

fn too_much() -> CheckResult {
    CheckResult::warning(
        CHECK,
        "the kubeconfig's account may do everything in the whole cluster",
        "anyone who takes over boathook, or steals its token, has the cluster",
        "scripts/setup.sh makes an account for boathook alone; tools.kubeconfig: /etc/boathook/kubeconfig",
    )
}
