//! The kinds of causes, and for each: whether waiting can help, what to do, and the recordings that
//! show it (tests/recordings/failing).

/// Whether waiting can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outlook {
    /// Nothing in the cluster resolves it.
    Permanent,
    /// It keeps restarting. A later start may succeed; that is worth waiting for only if nothing
    /// serves yet.
    Restarting,
    /// It may resolve itself: someone creates the Secret, a node has room again, the registry is
    /// back.
    Transient,
    /// It may still be starting; only the deadline ends it.
    Starting,
}

/// One kind of cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The container's command cannot be run.
    CommandNotRunnable,
    /// Neither image nor manifest has a command.
    NoCommand,
    /// The container's memory limit is too low to start it.
    MemoryLimitTooLow,
    /// The image runs as root, and may not.
    RunsAsRoot,
    /// The container cannot be created or started for another reason.
    ContainerNotStarted,
    /// A Secret or a ConfigMap, or a key of it, is not there.
    ConfigMissing,
    /// The image is not on the node, and must not be pulled.
    ImageNotOnNode,
    /// The image's name is invalid.
    ImageNameInvalid,
    /// The registry does not have the image.
    ImageMissing,
    /// The registry refuses the image.
    RegistryRefuses,
    /// The registry is unavailable.
    RegistryUnavailable,
    /// A container crashes.
    Crash,
    /// A container was ended because it exceeded its memory limit.
    OutOfMemory,
    /// A container was ended because of its liveness or startup probe.
    LivenessProbe,
    /// The pod cannot be scheduled.
    Unschedulable,
    /// A volume cannot be mounted.
    VolumeNotMounted,
    /// The pod does not start for another reason.
    PodNotStarted,
    /// The namespace's quota leaves no room for the pod.
    QuotaExceeded,
    /// The namespace requires limits that the manifest lacks.
    LimitsWanted,
    /// The namespace forbids such limits.
    LimitsNotAllowed,
    /// The namespace's pod security forbids the pod.
    PodSecurity,
    /// A policy of the cluster refuses it.
    PolicyDenies,
    /// The pod's service account does not exist.
    ServiceAccountMissing,
    /// The pod cannot be created for another reason.
    PodNotCreated,
    /// The revision's Deployment would be invalid.
    DeploymentInvalid,
    /// The revision cannot be reconciled for another reason.
    RevisionNotReconciled,
    /// The revision cannot be created.
    RevisionNotCreated,
    /// An object with the name that Knative needs belongs to someone else.
    NameTaken,
    /// The route would be invalid.
    RouteInvalid,
    /// The route cannot be created for another reason.
    RouteFailed,
    /// The domain belongs to another namespace or mapping.
    DomainTaken,
    /// The domain is not claimed.
    DomainNotClaimed,
    /// A container runs, but its readiness probe fails.
    NotReady,
    /// The revision was not ready within Knative's deadline.
    ProgressDeadline,
    /// The revision is not ready for another reason.
    RevisionNotReady,
}

/// What is known of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The kind.
    pub kind: Kind,
    /// Whether waiting can help.
    pub outlook: Outlook,
    /// What to do, if the cluster's own words do not say it.
    pub advice: Option<&'static str>,
    /// The recordings that end with this diagnosis.
    pub recorded: &'static [&'static str],
}

const fn row(
    kind: Kind,
    outlook: Outlook,
    advice: &'static str,
    recorded: &'static [&'static str],
) -> Row {
    let advice = if advice.is_empty() { None } else { Some(advice) };
    Row { kind, outlook, advice, recorded }
}

/// All kinds, in the order of [`Kind`].
pub const TABLE: [Row; 35] = {
    use Kind::*;
    use Outlook::*;
    [
        row(
            CommandNotRunnable,
            Permanent,
            "correct `command` in the manifest, or the image's entrypoint",
            &["command-not-executable", "command-wrong"],
        ),
        row(
            NoCommand,
            Permanent,
            "give the image an entrypoint, or the container a `command` in the manifest",
            &[
                "image-without-command",
                "image-without-command-deadline-30s",
                "second-image-without-command",
            ],
        ),
        row(
            MemoryLimitTooLow,
            Permanent,
            "raise resources.limits.memory in the manifest (`128m` is less than a byte; `128Mi` are mebibytes)",
            &["memory-limit-of-one-byte"],
        ),
        row(
            RunsAsRoot,
            Permanent,
            "build the image with a numeric USER that is not 0, or set securityContext.runAsUser",
            &[],
        ),
        row(ContainerNotStarted, Transient, "", &[]),
        row(
            ConfigMissing,
            Transient,
            "create it in the service's namespace, or correct its name or key in the manifest",
            &[
                "configmap-env-from-missing",
                "configmap-key-missing",
                "configmap-volume-missing",
                "second-secret-volume-missing",
                "secret-env-missing",
                "secret-volume-comes-after-20s",
                "secret-volume-key-missing",
                "secret-volume-missing",
                "secret-volume-missing-deadline-30s",
            ],
        ),
        row(
            ImageNotOnNode,
            Permanent,
            "set imagePullPolicy to IfNotPresent, or import the image on the node",
            &["pull-policy-never", "pull-policy-never-deadline-30s"],
        ),
        row(
            ImageNameInvalid,
            Permanent,
            "correct the image's name in the manifest",
            &["image-name-invalid"],
        ),
        row(
            ImageMissing,
            Permanent,
            "push the image, or deploy one that the registry has",
            &["digest-absent", "tag-absent"],
        ),
        row(
            RegistryRefuses,
            Permanent,
            "correct the registry's credentials: imagePullSecrets of the service account, or those of the node",
            &[],
        ),
        row(
            RegistryUnavailable,
            Transient,
            "",
            &[
                "registry-refuses-digest",
                "registry-refuses-tag",
                "tag-absent-dev-local",
                "tag-absent-dev-local-deadline-30s",
            ],
        ),
        row(
            Crash,
            Restarting,
            "",
            &[
                "exits-0-at-once",
                "exits-1-three-times-then-well",
                "exits-1-three-times-then-well-deadline-30s",
                "exits-2-after-3s",
                "second-exits-0",
            ],
        ),
        row(
            OutOfMemory,
            Restarting,
            "raise resources.limits.memory in the manifest",
            &["out-of-memory"],
        ),
        row(
            LivenessProbe,
            Restarting,
            "correct the probe in the manifest, or what it asks for",
            &["liveness-fails-after-10s"],
        ),
        row(
            Unschedulable,
            Transient,
            "lower resources.requests in the manifest, or make room on the nodes",
            &["no-cpu"],
        ),
        row(VolumeNotMounted, Transient, "", &[]),
        row(PodNotStarted, Transient, "", &[]),
        row(
            QuotaExceeded,
            Transient,
            "raise the namespace's ResourceQuota, or free what uses it up; the old revision's pods count while both run",
            &["quota-of-pods", "second-quota-of-pods"],
        ),
        row(
            LimitsWanted,
            Permanent,
            "set resources in the manifest; queue-proxy's own come from config-deployment, or from a LimitRange's default",
            &["quota-wants-limits", "quota-wants-limits-deadline-30s"],
        ),
        row(
            LimitsNotAllowed,
            Permanent,
            "change resources in the manifest, or the namespace's LimitRange",
            &["limit-range"],
        ),
        row(
            PodSecurity,
            Permanent,
            "set securityContext in the manifest as the namespace's level wants it",
            &["pod-security-restricted"],
        ),
        row(
            PolicyDenies,
            Permanent,
            "change the manifest as the policy wants it, or the policy",
            &[],
        ),
        row(
            ServiceAccountMissing,
            Transient,
            "create the service account, or correct serviceAccountName in the manifest",
            &["service-account-missing"],
        ),
        row(PodNotCreated, Transient, "", &[]),
        row(
            DeploymentInvalid,
            Permanent,
            "correct that field in the manifest",
            &["deployment-invalid", "deployment-invalid-deadline-30s", "second-deployment-invalid"],
        ),
        row(RevisionNotReconciled, Transient, "", &[]),
        row(RevisionNotCreated, Permanent, "", &["label-of-a-branch", "namespace-terminating"]),
        row(
            NameTaken,
            Permanent,
            "delete or rename that object, and deploy again",
            &["name-taken-by-configuration", "name-taken-by-deployment", "name-taken-by-service"],
        ),
        row(RouteInvalid, Permanent, "", &[]),
        row(RouteFailed, Transient, "", &[]),
        row(
            DomainTaken,
            Permanent,
            "delete the other mapping of this domain, or take another domain",
            &["domain-taken"],
        ),
        row(
            DomainNotClaimed,
            Transient,
            "have an administrator make a ClusterDomainClaim of this domain for the namespace",
            &["domain-without-claim"],
        ),
        row(NotReady, Starting, "", &["port-wrong", "port-wrong-no-probe", "readiness-404"]),
        row(
            ProgressDeadline,
            Transient,
            "",
            &[
                "port-wrong-deadline-30s",
                "readiness-404-deadline-30s",
                "second-readiness-404-deadline-30s",
            ],
        ),
        row(RevisionNotReady, Transient, "", &[]),
    ]
};

impl Kind {
    /// What is known of it.
    #[must_use]
    pub const fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }
}
