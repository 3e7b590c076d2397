//! The table.

/// One thing that the account may do in the namespace of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission {
    /// Such as `get`.
    pub verbs: &'static [&'static str],
    /// The API group; empty for the core.
    pub group: &'static str,
    /// The resource, with the part of it that is meant: `pods/log`.
    pub resource: &'static str,
    /// On which objects.
    pub scope: Scope,
    /// What boathook needs it for.
    pub why: &'static str,
}

/// On which objects of a namespace something is permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    All,
    /// The services that boathook deploys, by name.
    Services,
    /// The namespace itself. A role inside the namespace is enough for it.
    Namespace,
}

const SERVING: &str = "serving.knative.dev";

/// All that the account needs, and no more.
pub const PERMISSIONS: [Permission; 8] = [
    Permission {
        verbs: &["create"],
        group: SERVING,
        resource: "services",
        scope: Scope::All,
        why: "The first deployment of a service creates it; Kubernetes cannot limit `create` to a name.",
    },
    Permission {
        verbs: &["get", "watch", "patch"],
        group: SERVING,
        resource: "services",
        scope: Scope::Services,
        why: "Template and traffic are set by one patch, and watched until they have taken effect.",
    },
    Permission {
        verbs: &["get", "list"],
        group: SERVING,
        resource: "revisions",
        scope: Scope::All,
        why: "The new revision is found by its label, and looked at while it becomes ready.",
    },
    Permission {
        verbs: &["delete"],
        group: SERVING,
        resource: "revisions",
        scope: Scope::All,
        why: "A revision that never became ready is removed; without this it goes on restarting.",
    },
    Permission {
        verbs: &["get", "list", "watch"],
        group: "",
        resource: "pods",
        scope: Scope::All,
        why: "A crash is seen in the pods at once; Knative itself tells of it after ten minutes. `kubectl logs` gets the pod first.",
    },
    Permission {
        verbs: &["get"],
        group: "",
        resource: "pods/log",
        scope: Scope::All,
        why: "The last words of a container that crashed go into the record.",
    },
    Permission {
        verbs: &["list"],
        group: "",
        resource: "events",
        scope: Scope::All,
        why: "Why a pod cannot be made, or its volumes not mounted, only events tell. Without this boathook goes on, and cannot say it.",
    },
    Permission {
        verbs: &["get"],
        group: "",
        resource: "namespaces",
        scope: Scope::Namespace,
        why: "The namespace is only looked at; the installer applies it.",
    },
];
