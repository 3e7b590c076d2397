//! The role and its binding for kubectl, with the reason for each rule.

use std::{collections::BTreeSet, fmt::Write as _};

use crate::{
    deployment::Namespace,
    permissions::{ACCOUNT, ACCOUNT_NAMESPACE, Grant, Kind, Rule},
};

/// A role and a binding for each grant, and one of each for the kinds that belong to no namespace,
/// as YAML. The account and the namespaces themselves are not among them.
#[must_use]
pub fn manifests(grants: &[Grant], cluster_kinds: &BTreeSet<Kind>) -> String {
    let head = "# Made by `boathook rbac`; what the account of boathook may do, and why.\n";
    let in_namespaces =
        grants.iter().fold(head.to_owned(), |text, grant| text + &of_namespace(grant));
    if cluster_kinds.is_empty() {
        in_namespaces
    } else {
        in_namespaces + &of_cluster(cluster_kinds)
    }
}

fn of_namespace(grant: &Grant) -> String {
    role("Role", Some(&grant.namespace), &grant.rules()) + &binding("Role", Some(&grant.namespace))
}

fn of_cluster(kinds: &BTreeSet<Kind>) -> String {
    let rules: Vec<Rule> = kinds.iter().map(Kind::rule).collect();
    role("ClusterRole", None, &rules) + &binding("ClusterRole", None)
}

fn role(kind: &str, namespace: Option<&Namespace>, rules: &[Rule]) -> String {
    let head = head(kind, namespace);
    rules.iter().fold(format!("{head}rules:\n"), |text, rule| text + &rule_text(rule))
}

fn rule_text(rule: &Rule) -> String {
    let Rule { verbs, group, resource, names, why, without } = rule;
    let optional =
        without.map(|without| format!("  # Optional. Without it: {without}\n")).unwrap_or_default();
    let mut text = format!(
        "  # {why}\n{optional}  - apiGroups: [\"{group}\"]\n    resources: [\"{resource}\"]\n"
    );
    if !names.is_empty() {
        let _ = writeln!(text, "    resourceNames: {}", list(names));
    }
    let _ = writeln!(text, "    verbs: {}", list(verbs));
    text
}

fn binding(role: &str, namespace: Option<&Namespace>) -> String {
    format!(
        "{}roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: {role}\n  name: {ACCOUNT}\n\
         subjects:\n  - kind: ServiceAccount\n    name: {ACCOUNT}\n    namespace: {ACCOUNT_NAMESPACE}\n",
        head(&format!("{role}Binding"), namespace)
    )
}

fn head(kind: &str, namespace: Option<&Namespace>) -> String {
    let namespace =
        namespace.map(|namespace| format!("  namespace: \"{namespace}\"\n")).unwrap_or_default();
    format!(
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata:\n  name: {ACCOUNT}\n{namespace}"
    )
}

/// The texts as YAML, each in quotes; names and verbs hold no quote.
fn list(texts: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("\"{}\"", text.as_ref())).collect();
    format!("[{}]", quoted.join(", "))
}
