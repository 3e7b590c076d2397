//! The callers of the simulated API server, and what their roles allow.

use boathook_core::{
    deployment::{Namespace, ServiceName},
    permissions::{self, Grant, Rule},
};

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
    Role { namespace: Namespace, rules: Vec<Rule> },
}

impl Caller {
    /// The administrator, who may do all.
    #[must_use]
    pub fn admin() -> Self {
        Self { user: "admin".to_owned(), access: Access::Everything }
    }

    /// Another user with all permissions, such as an operator at another terminal.
    #[must_use]
    pub fn person(user: &str) -> Self {
        Self { user: user.to_owned(), access: Access::Everything }
    }

    /// A user with these rules in one namespace and nothing else.
    #[must_use]
    pub fn limited(user: &str, namespace: Namespace, rules: Vec<Rule>) -> Self {
        Self { user: user.to_owned(), access: Access::Role { namespace, rules } }
    }

    /// boathook's service account with what it gets for one service, and no more.
    #[must_use]
    pub fn deployer(namespace: Namespace, service: ServiceName) -> Self {
        let rules = Grant::one(namespace.clone(), service).rules();
        Self::limited(&permissions::user(), namespace, rules)
    }

    /// Whether a rule of this user's allows it.
    #[must_use]
    pub fn may(
        &self,
        verb: &str,
        group: &str,
        resource: &str,
        namespace: Option<&str>,
        name: Option<&str>,
    ) -> bool {
        match &self.access {
            Access::Everything => true,
            Access::Role { namespace: own, rules } => {
                namespace == Some(own.as_str())
                    && rules.iter().any(|rule| rule.allows(verb, group, resource, name))
            }
        }
    }
}
