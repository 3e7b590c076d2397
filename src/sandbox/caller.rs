//! Who asks the simulated API server, and what the role of that user allows.

use crate::sandbox::kind::SERVING;

/// A user of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The name, as `serving.knative.dev/lastModifier` and refusals show it.
    pub user: String,
    access: Access,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Access {
    Everything,
    Rules(Vec<Rule>),
}

/// One line of a role: these verbs on this resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `get`, `list`, `watch`, `create`, `patch`, `delete`; `*` is any.
    pub verbs: Vec<&'static str>,
    /// The API group; empty for the core.
    pub group: &'static str,
    /// The resource, with a subresource where one is meant: `pods/log`.
    pub resource: &'static str,
    /// Where; `None` is everywhere and in no namespace.
    pub namespace: Option<String>,
    /// Only on the object of this name.
    pub name: Option<String>,
}

impl Caller {
    /// The administrator, who may do all.
    #[must_use]
    pub fn admin() -> Self {
        Self { user: "admin".to_owned(), access: Access::Everything }
    }

    /// Somebody else who may do all, such as a person at another terminal.
    #[must_use]
    pub fn person(user: &str) -> Self {
        Self { user: user.to_owned(), access: Access::Everything }
    }

    /// A user with these rules and nothing else.
    #[must_use]
    pub fn limited(user: &str, rules: Vec<Rule>) -> Self {
        Self { user: user.to_owned(), access: Access::Rules(rules) }
    }

    /// The service account that boathook is documented to need for one service, and no more.
    #[must_use]
    pub fn deployer(namespace: &str, service: &str) -> Self {
        let inside = |verbs: &[&'static str], group, resource, name: Option<&str>| Rule {
            verbs: verbs.to_vec(),
            group,
            resource,
            namespace: Some(namespace.to_owned()),
            name: name.map(str::to_owned),
        };
        let rules = vec![
            inside(&["create"], SERVING, "services", None),
            inside(&["get", "watch", "patch"], SERVING, "services", Some(service)),
            inside(&["get", "list", "delete"], SERVING, "revisions", None),
            inside(&["list"], "", "pods", None),
            inside(&["get"], "", "pods/log", None),
            Rule { verbs: vec!["get"], group: "", resource: "namespaces", namespace: None, name: Some(namespace.to_owned()) },
        ];
        Self::limited(&format!("system:serviceaccount:{namespace}:boathook"), rules)
    }

    /// Whether a rule of this user's allows it.
    #[must_use]
    pub fn may(&self, verb: &str, group: &str, resource: &str, namespace: Option<&str>, name: Option<&str>) -> bool {
        match &self.access {
            Access::Everything => true,
            Access::Rules(rules) => rules.iter().any(|rule| rule.allows(verb, group, resource, namespace, name)),
        }
    }
}

impl Rule {
    fn allows(&self, verb: &str, group: &str, resource: &str, namespace: Option<&str>, name: Option<&str>) -> bool {
        let verb_fits = self.verbs.iter().any(|own| *own == "*" || *own == verb);
        let place_fits = self.namespace.is_none() || self.namespace.as_deref() == namespace;
        let name_fits = self.name.is_none() || self.name.as_deref() == name;
        verb_fits && self.group == group && self.resource == resource && place_fits && name_fits
    }
}
