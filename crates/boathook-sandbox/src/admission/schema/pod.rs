//! The part of a pod's specification that a revision accepts, and Knative's own fields.

use crate::admission::schema::{
    container::CONTAINER,
    reference::REFERENCE,
    types::{OPAQUES, Struct, TEXT, TEXT_MAP, Type, field, pointer, written},
    volume::VOLUME,
};

pub(super) const REVISION_SPEC: Struct = Struct {
    go: "v1.RevisionSpec",
    fields: &[
        pointer("affinity", Type::Opaque),
        pointer("automountServiceAccountToken", Type::Bool),
        pointer("containerConcurrency", Type::Int64),
        written("containers", Type::List(&Type::Struct(&CONTAINER))),
        pointer("dnsConfig", Type::Opaque),
        field("dnsPolicy", Type::Text("v1.DNSPolicy")),
        pointer("enableServiceLinks", Type::Bool),
        field("hostAliases", OPAQUES),
        field("hostIPC", Type::Bool),
        field("hostNetwork", Type::Bool),
        field("hostPID", Type::Bool),
        pointer("idleTimeoutSeconds", Type::Int64),
        field("imagePullSecrets", Type::List(&Type::Struct(&REFERENCE))).keyed("name"),
        field("initContainers", Type::List(&Type::Struct(&INIT_CONTAINER))),
        field("nodeSelector", TEXT_MAP),
        field("priorityClassName", TEXT),
        pointer("responseStartTimeoutSeconds", Type::Int64),
        pointer("runtimeClassName", TEXT),
        field("schedulerName", TEXT),
        pointer("securityContext", Type::Struct(&SECURITY_CONTEXT)),
        field("serviceAccountName", TEXT),
        pointer("shareProcessNamespace", Type::Bool),
        pointer("timeoutSeconds", Type::Int64),
        field("tolerations", OPAQUES),
        field("topologySpreadConstraints", OPAQUES),
        field("volumes", Type::List(&Type::Struct(&VOLUME))).keyed("name"),
    ],
    open: false,
};

/// The schema leaves these to the webhooks.
const INIT_CONTAINER: Struct = Struct { go: "v1.Container", fields: CONTAINER.fields, open: true };

const SECURITY_CONTEXT: Struct = Struct {
    go: "v1.PodSecurityContext",
    fields: &[
        pointer("appArmorProfile", Type::Opaque),
        pointer("fsGroup", Type::Int64),
        pointer("fsGroupChangePolicy", Type::Text("v1.PodFSGroupChangePolicy")),
        pointer("runAsGroup", Type::Int64),
        pointer("runAsNonRoot", Type::Bool),
        pointer("runAsUser", Type::Int64),
        pointer("seLinuxOptions", Type::Opaque),
        pointer("seccompProfile", Type::Opaque),
        field("supplementalGroups", Type::List(&Type::Int64)),
        field("supplementalGroupsPolicy", TEXT),
        field("sysctls", OPAQUES),
        pointer("windowsOptions", Type::Opaque),
    ],
    open: true,
};
