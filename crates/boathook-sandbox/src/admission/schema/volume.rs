//! A volume and what can be behind it.

use crate::admission::schema::{
    reference::REFERENCE,
    types::{Struct, TEXT, Type, field, pointer, written},
};

pub(super) const VOLUME: Struct = Struct {
    go: "v1.Volume",
    fields: &[
        pointer("configMap", Type::Struct(&CONFIG_MAP)),
        pointer("csi", Type::Opaque),
        pointer("emptyDir", Type::Struct(&EMPTY_DIR)),
        pointer("ephemeral", Type::Opaque),
        pointer("hostPath", Type::Opaque),
        pointer("image", Type::Struct(&IMAGE)),
        written("name", TEXT),
        pointer("persistentVolumeClaim", Type::Struct(&CLAIM)),
        pointer("projected", Type::Struct(&PROJECTED)),
        pointer("secret", Type::Struct(&SECRET)),
    ],
    open: false,
};

const ITEM: Struct = Struct {
    go: "v1.KeyToPath",
    fields: &[written("key", TEXT), pointer("mode", Type::Int32), written("path", TEXT)],
    open: false,
};

const ITEMS: Type = Type::List(&Type::Struct(&ITEM));

const CONFIG_MAP: Struct = Struct {
    go: "v1.ConfigMapVolumeSource",
    fields: &[
        pointer("defaultMode", Type::Int32),
        field("items", ITEMS),
        REFERENCE.fields[0],
        pointer("optional", Type::Bool),
    ],
    open: false,
};

const EMPTY_DIR: Struct = Struct {
    go: "v1.EmptyDirVolumeSource",
    fields: &[
        field("medium", Type::Text("v1.StorageMedium")),
        pointer("sizeLimit", Type::Quantity),
    ],
    open: true,
};

const IMAGE: Struct = Struct {
    go: "v1.ImageVolumeSource",
    fields: &[field("pullPolicy", Type::Text("v1.PullPolicy")), field("reference", TEXT)],
    open: true,
};

const CLAIM: Struct = Struct {
    go: "v1.PersistentVolumeClaimVolumeSource",
    fields: &[written("claimName", TEXT), field("readOnly", Type::Bool)],
    open: true,
};

const SECRET: Struct = Struct {
    go: "v1.SecretVolumeSource",
    fields: &[
        pointer("defaultMode", Type::Int32),
        field("items", ITEMS),
        pointer("optional", Type::Bool),
        field("secretName", TEXT),
    ],
    open: false,
};

const PROJECTED: Struct = Struct {
    go: "v1.ProjectedVolumeSource",
    fields: &[
        pointer("defaultMode", Type::Int32),
        written("sources", Type::List(&Type::Struct(&PROJECTION))),
    ],
    open: false,
};

const PROJECTION: Struct = Struct {
    go: "v1.VolumeProjection",
    fields: &[
        pointer("configMap", Type::Struct(&PROJECTED_OBJECT)),
        pointer("downwardAPI", Type::Struct(&DOWNWARD)),
        pointer("secret", Type::Struct(&PROJECTED_OBJECT)),
        pointer("serviceAccountToken", Type::Struct(&TOKEN)),
    ],
    open: false,
};

const PROJECTED_OBJECT: Struct = Struct {
    go: "v1.SecretProjection",
    fields: &[field("items", ITEMS), REFERENCE.fields[0], pointer("optional", Type::Bool)],
    open: false,
};

const TOKEN: Struct = Struct {
    go: "v1.ServiceAccountTokenProjection",
    fields: &[
        field("audience", TEXT),
        pointer("expirationSeconds", Type::Int64),
        written("path", TEXT),
    ],
    open: false,
};

const DOWNWARD: Struct = Struct {
    go: "v1.DownwardAPIProjection",
    fields: &[field("items", Type::List(&Type::Struct(&DOWNWARD_FILE)))],
    open: false,
};

const DOWNWARD_FILE: Struct = Struct {
    go: "v1.DownwardAPIVolumeFile",
    fields: &[
        pointer("fieldRef", Type::Opaque),
        pointer("mode", Type::Int32),
        written("path", TEXT),
        pointer("resourceFieldRef", Type::Opaque),
    ],
    open: false,
};
