//! The table of permissions, filled in for one namespace.

use std::collections::BTreeSet;

use crate::{
    deployment::{Namespace, ServiceName},
    permissions::{PERMISSIONS, Scope},
};

/// What the account gets in one namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub namespace: Namespace,
    /// The services that are deployed there.
    pub services: BTreeSet<ServiceName>,
    /// The other objects in the manifests, which are applied with the service.
    pub kinds: BTreeSet<Kind>,
    /// Those of which a rollback deletes what its deployment created.
    pub deleted: BTreeSet<Kind>,
    /// Whether Jobs must succeed in deployments there.
    pub runs_jobs: bool,
}

/// A kind of object as a role names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// The API group; empty for the core.
    pub group: String,
    /// The resource, such as `configmaps`.
    pub resource: String,
}

/// One rule of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Such as `get`.
    pub verbs: Vec<&'static str>,
    /// The API group; empty for the core.
    pub group: String,
    /// The resource, such as `pods/log`.
    pub resource: String,
    /// Only these objects; all if it is empty.
    pub names: Vec<String>,
    /// What boathook needs it for.
    pub why: &'static str,
    /// What is missing without it; none if deployments fail without it.
    pub without: Option<&'static str>,
}

/// The namespace of the service account that boathook deploys with.
pub const ACCOUNT_NAMESPACE: &str = "webhook-system";
/// The service account, and also the role and the binding in each namespace of an application.
pub const ACCOUNT: &str = "boathook";

/// What boathook does with Jobs that must succeed.
pub const JOB_VERBS: [&str; 4] = ["create", "get", "list", "delete"];

impl Kind {
    /// What `kubectl apply` needs for objects of this kind.
    #[must_use]
    pub fn rule(&self) -> Rule {
        Rule {
            verbs: vec!["get", "create", "patch"],
            group: self.group.clone(),
            resource: self.resource.clone(),
            names: Vec::new(),
            why: "It stands in the manifests, and is applied with them.",
            without: None,
        }
    }

    /// What a rollback needs to delete objects of this kind.
    fn deletion(&self) -> Rule {
        Rule {
            verbs: vec!["delete"],
            why: "What a failed deployment created is deleted, as `rollback: {created: delete}` says.",
            without: Some("It stays, and the deployment's reason names it."),
            ..self.rule()
        }
    }
}

impl Rule {
    /// What boathook needs to run Jobs that must succeed.
    fn of_jobs() -> Self {
        Self {
            verbs: JOB_VERBS.to_vec(),
            group: "batch".to_owned(),
            resource: "jobs".to_owned(),
            names: Vec::new(),
            why: "A Job of `before` or `after` is created once in a deployment, read until it ends, and deleted if it does not, or by a later deployment.",
            without: None,
        }
    }

    /// Whether this is allowed by it, in its namespace.
    #[must_use]
    pub fn allows(&self, verb: &str, group: &str, resource: &str, name: Option<&str>) -> bool {
        let name_fits = self.names.is_empty()
            || name.is_some_and(|name| self.names.iter().any(|own| own == name));
        self.verbs.contains(&verb) && self.group == group && self.resource == resource && name_fits
    }
}

impl Grant {
    /// A namespace in which nothing is deployed yet.
    #[must_use]
    pub const fn empty(namespace: Namespace) -> Self {
        Self {
            namespace,
            services: BTreeSet::new(),
            kinds: BTreeSet::new(),
            deleted: BTreeSet::new(),
            runs_jobs: false,
        }
    }

    /// One service of a namespace, and nothing else.
    #[must_use]
    pub fn one(namespace: Namespace, service: ServiceName) -> Self {
        Self { services: BTreeSet::from([service]), ..Self::empty(namespace) }
    }

    /// The rules of the role in this namespace. Without a service there is no rule about one: an
    /// empty list of names would mean all.
    #[must_use]
    pub fn rules(&self) -> Vec<Rule> {
        let table = PERMISSIONS
            .iter()
            .filter(|permission| permission.scope != Scope::Services || !self.services.is_empty());
        let table = table.map(|permission| Rule {
            verbs: permission.verbs.to_vec(),
            group: permission.group.to_owned(),
            resource: permission.resource.to_owned(),
            names: self.names(permission.scope),
            why: permission.why,
            without: permission.without,
        });
        let of_jobs = self.runs_jobs.then(Rule::of_jobs);
        let applied = self.kinds.iter().map(Kind::rule);
        let deleted = self.deleted.iter().map(Kind::deletion);
        table.chain(of_jobs).chain(applied).chain(deleted).collect()
    }

    fn names(&self, scope: Scope) -> Vec<String> {
        match scope {
            Scope::All => Vec::new(),
            Scope::Services => self.services.iter().map(ToString::to_string).collect(),
            Scope::Namespace => vec![self.namespace.to_string()],
        }
    }
}

/// The account as the API server names it.
#[must_use]
pub fn user() -> String {
    format!("system:serviceaccount:{ACCOUNT_NAMESPACE}:{ACCOUNT}")
}
