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
    /// What is missing without it; none if deployments fail without it.
    pub without: Option<&'static str>,
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

const NO_LOG: &str =
    "The record lacks the last output of a container that crashed, and `boathook logs` is refused.";
const SERVING: &str = "serving.knative.dev";

/// Everything that the account needs, and no more.
pub const PERMISSIONS: [Permission; 13] = [
    Permission {
        verbs: &["create"],
        group: SERVING,
        resource: "services",
        scope: Scope::All,
        why: "The first deployment of a service creates it; Kubernetes cannot limit `create` to a name.",
        without: None,
    },
    Permission {
        verbs: &["get", "patch"],
        group: SERVING,
        resource: "services",
        scope: Scope::Services,
        why: "Template and traffic are set by one patch, which begins with what is there.",
        without: None,
    },
    Permission {
        verbs: &["list", "watch"],
        group: SERVING,
        resource: "services",
        scope: Scope::All,
        why: "All deployments of a namespace share one watch, which no name can limit; they wait until their changes have taken effect.",
        without: Some("boathook reads each service that it waits for twice a second instead."),
    },
    Permission {
        verbs: &["get", "list"],
        group: SERVING,
        resource: "revisions",
        scope: Scope::All,
        why: "The new revision is found by its label, and looked at while it becomes ready.",
        without: None,
    },
    Permission {
        verbs: &["watch"],
        group: SERVING,
        resource: "revisions",
        scope: Scope::All,
        why: "All deployments of a namespace share one watch.",
        without: Some("boathook reads revisions one by one instead."),
    },
    Permission {
        verbs: &["delete"],
        group: SERVING,
        resource: "revisions",
        scope: Scope::All,
        why: "A revision that never became ready is removed.",
        without: Some(
            "A revision that never became ready stays there, and its pods go on restarting.",
        ),
    },
    Permission {
        verbs: &["list"],
        group: "",
        resource: "pods",
        scope: Scope::All,
        why: "A crash is seen in the pods; Knative itself reports it after ten minutes.",
        without: None,
    },
    Permission {
        verbs: &["watch"],
        group: "",
        resource: "pods",
        scope: Scope::All,
        why: "A crash is seen at once.",
        without: Some("boathook reads the pods that it waits for twice a second instead."),
    },
    Permission {
        verbs: &["get"],
        group: "",
        resource: "pods",
        scope: Scope::All,
        why: "`kubectl logs` gets the pod before its log.",
        without: Some(NO_LOG),
    },
    Permission {
        verbs: &["get"],
        group: "",
        resource: "pods/log",
        scope: Scope::All,
        why: "The last output of a container that crashed goes into the record, and `boathook logs` prints what an application logs.",
        without: Some(NO_LOG),
    },
    Permission {
        verbs: &["list"],
        group: "",
        resource: "events",
        scope: Scope::All,
        why: "Only events say why a pod cannot be created or a volume cannot be mounted.",
        without: Some(
            "Where only events name the cause, a deployment waits until its deadline and does not name it.",
        ),
    },
    Permission {
        verbs: &["watch"],
        group: "",
        resource: "events",
        scope: Scope::All,
        why: "All deployments of a namespace share one watch.",
        without: Some("boathook reads events each time it looks for a cause."),
    },
    Permission {
        verbs: &["get"],
        group: "",
        resource: "namespaces",
        scope: Scope::Namespace,
        why: "The namespace is only looked at; the installer applies it.",
        without: Some("The Namespace in the manifests is left out of the apply."),
    },
];
