//! A container.

use crate::admission::schema::{
    probe::PROBE,
    reference::REFERENCE,
    types::{Field, Struct, TEXT, TEXTS, Type, field, pointer, written},
};

pub(super) const CONTAINER: Struct = Struct {
    go: "v1.Container",
    fields: &[
        field("args", TEXTS),
        field("command", TEXTS),
        field("env", Type::List(&Type::Struct(&ENV))).keyed("name"),
        field("envFrom", Type::List(&Type::Struct(&ENV_FROM))),
        field("image", TEXT),
        field("imagePullPolicy", Type::Text("v1.PullPolicy")),
        pointer("livenessProbe", Type::Struct(&PROBE)),
        written("name", TEXT),
        field("ports", Type::List(&Type::Struct(&PORT))),
        pointer("readinessProbe", Type::Struct(&PROBE)),
        written("resources", Type::Struct(&RESOURCES)),
        pointer("securityContext", Type::Struct(&SECURITY_CONTEXT)),
        pointer("startupProbe", Type::Struct(&PROBE)),
        field("terminationMessagePath", TEXT),
        field("terminationMessagePolicy", Type::Text("v1.TerminationMessagePolicy")),
        field("volumeMounts", Type::List(&Type::Struct(&MOUNT))).keyed("mountPath"),
        field("workingDir", TEXT),
    ],
    open: false,
};

const ENV: Struct = Struct {
    go: "v1.EnvVar",
    fields: &[
        written("name", TEXT),
        field("value", TEXT),
        pointer("valueFrom", Type::Struct(&ENV_SOURCE)),
    ],
    open: false,
};

const ENV_SOURCE: Struct = Struct {
    go: "v1.EnvVarSource",
    fields: &[
        pointer(
            "configMapKeyRef",
            Type::Struct(&Struct {
                go: "v1.ConfigMapKeySelector",
                fields: KEY_SELECTOR,
                open: false,
            }),
        ),
        pointer("fieldRef", Type::Opaque),
        pointer("resourceFieldRef", Type::Opaque),
        pointer(
            "secretKeyRef",
            Type::Struct(&Struct { go: "v1.SecretKeySelector", fields: KEY_SELECTOR, open: false }),
        ),
    ],
    open: false,
};

const KEY_SELECTOR: &[Field] =
    &[written("key", TEXT), field("name", TEXT).defaulting(""), pointer("optional", Type::Bool)];

const ENV_FROM: Struct = Struct {
    go: "v1.EnvFromSource",
    fields: &[
        pointer(
            "configMapRef",
            Type::Struct(&Struct {
                go: "v1.ConfigMapEnvSource",
                fields: ENV_FROM_REFERENCE,
                open: false,
            }),
        ),
        field("prefix", TEXT),
        pointer(
            "secretRef",
            Type::Struct(&Struct {
                go: "v1.SecretEnvSource",
                fields: ENV_FROM_REFERENCE,
                open: false,
            }),
        ),
    ],
    open: false,
};

const ENV_FROM_REFERENCE: &[Field] = &[REFERENCE.fields[0], pointer("optional", Type::Bool)];

const PORT: Struct = Struct {
    go: "v1.ContainerPort",
    fields: &[
        written("containerPort", Type::Int32),
        field("name", TEXT),
        field("protocol", Type::Text("v1.Protocol")).defaulting("TCP"),
    ],
    open: false,
};

const RESOURCES: Struct = Struct {
    go: "v1.ResourceRequirements",
    fields: &[field("limits", QUANTITIES), field("requests", QUANTITIES)],
    open: false,
};

const QUANTITIES: Type = Type::Map("v1.ResourceList", &Type::Quantity);

const SECURITY_CONTEXT: Struct = Struct {
    go: "v1.SecurityContext",
    fields: &[
        pointer("allowPrivilegeEscalation", Type::Bool),
        pointer("capabilities", Type::Struct(&CAPABILITIES)),
        pointer("privileged", Type::Bool),
        pointer("readOnlyRootFilesystem", Type::Bool),
        pointer("runAsGroup", Type::Int64),
        pointer("runAsNonRoot", Type::Bool),
        pointer("runAsUser", Type::Int64),
        pointer("seccompProfile", Type::Struct(&SECCOMP_PROFILE)),
    ],
    open: false,
};

const CAPABILITIES: Struct = Struct {
    go: "v1.Capabilities",
    fields: &[field("add", CAPABILITY_LIST), field("drop", CAPABILITY_LIST)],
    open: false,
};

const CAPABILITY_LIST: Type = Type::List(&Type::Text("v1.Capability"));

const SECCOMP_PROFILE: Struct = Struct {
    go: "v1.SeccompProfile",
    fields: &[
        pointer("localhostProfile", TEXT),
        written("type", Type::Text("v1.SeccompProfileType")),
    ],
    open: false,
};

const MOUNT: Struct = Struct {
    go: "v1.VolumeMount",
    fields: &[
        written("mountPath", TEXT),
        pointer("mountPropagation", Type::Text("v1.MountPropagationMode")),
        written("name", TEXT),
        field("readOnly", Type::Bool),
        field("subPath", TEXT),
    ],
    open: false,
};
