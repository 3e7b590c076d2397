//! The role and its binding as kubectl takes them, with the reason beside each rule.

use std::fmt::Write as _;

use crate::permissions::{ACCOUNT, ACCOUNT_NAMESPACE, Grant, Rule};

/// A role and a binding for each grant, as YAML. The account and the namespaces themselves are not among them.
#[must_use]
pub fn manifests(grants: &[Grant]) -> String {
    let head = "# Made by `boathook rbac`; what the account of boathook may do, and why.\n";
    grants.iter().fold(head.to_owned(), |text, grant| text + &role(grant) + &binding(grant))
}

fn role(grant: &Grant) -> String {
    let head = head("Role", grant);
    grant.rules().iter().fold(format!("{head}rules:\n"), |text, rule| text + &rule_text(rule))
}

fn rule_text(rule: &Rule) -> String {
    let Rule { verbs, group, resource, names, why } = rule;
    let mut text = format!("  # {why}\n  - apiGroups: [\"{group}\"]\n    resources: [\"{resource}\"]\n");
    if !names.is_empty() {
        let _ = writeln!(text, "    resourceNames: {}", list(names));
    }
    let _ = writeln!(text, "    verbs: {}", list(verbs));
    text
}

fn binding(grant: &Grant) -> String {
    format!(
        "{}roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: {ACCOUNT}\n\
         subjects:\n  - kind: ServiceAccount\n    name: {ACCOUNT}\n    namespace: {ACCOUNT_NAMESPACE}\n",
        head("RoleBinding", grant)
    )
}

fn head(kind: &str, grant: &Grant) -> String {
    format!(
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata:\n  name: {ACCOUNT}\n  namespace: \"{}\"\n",
        grant.namespace
    )
}

/// The texts as YAML, each in quotes; names and verbs hold no quote.
fn list(texts: &[impl AsRef<str>]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("\"{}\"", text.as_ref())).collect();
    format!("[{}]", quoted.join(", "))
}
