//! The service itself, its template's metadata and its traffic.

use crate::admission::schema::{
    pod::REVISION_SPEC,
    types::{Field, Struct, TEXT, TEXT_MAP, TEXTS, Type, field, pointer, written},
};

/// A Knative service. `metadata` is common to all objects and validated elsewhere; `status` is the
/// controller's.
pub(in crate::admission) static SERVICE: Struct = Struct {
    go: "v1.Service",
    fields: &[
        field("apiVersion", TEXT),
        field("kind", TEXT),
        field("metadata", Type::Opaque),
        written("spec", Type::Struct(&SPEC)),
        field("status", Type::Opaque),
    ],
    open: false,
};

const SPEC: Struct = Struct {
    go: "v1.ServiceSpec",
    fields: &[
        written("template", Type::Struct(&TEMPLATE)),
        field("traffic", Type::List(&Type::Struct(&TARGET))),
    ],
    open: false,
};

const TEMPLATE: Struct = Struct {
    go: "v1.RevisionTemplateSpec",
    fields: &[
        written("metadata", Type::Struct(&TEMPLATE_METADATA)),
        written("spec", Type::Struct(&REVISION_SPEC)),
    ],
    open: false,
};

const TEMPLATE_METADATA: Struct = Struct { go: "v1.ObjectMeta", fields: METADATA, open: true };

const METADATA: &[Field] = &[
    field("annotations", TEXT_MAP),
    field("finalizers", TEXTS),
    field("generateName", TEXT),
    field("labels", TEXT_MAP),
    field("name", TEXT),
    field("namespace", TEXT),
];

const TARGET: Struct = Struct {
    go: "v1.TrafficTarget",
    fields: &[
        field("configurationName", TEXT),
        pointer("latestRevision", Type::Bool),
        pointer("percent", Type::Int64),
        field("revisionName", TEXT),
        field("tag", TEXT),
        field("url", TEXT),
    ],
    open: false,
};
