//! A probe of a container.

use crate::admission::schema::types::{Struct, TEXT, TEXTS, Type, field, pointer, written};

pub(super) const PROBE: Struct = Struct {
    go: "v1.Probe",
    fields: &[
        pointer(
            "exec",
            Type::Struct(&Struct {
                go: "v1.ExecAction",
                fields: &[field("command", TEXTS)],
                open: false,
            }),
        ),
        field("failureThreshold", Type::Int32),
        pointer("grpc", Type::Struct(&GRPC)),
        pointer("httpGet", Type::Struct(&HTTP_GET)),
        field("initialDelaySeconds", Type::Int32),
        field("periodSeconds", Type::Int32),
        field("successThreshold", Type::Int32),
        pointer("tcpSocket", Type::Struct(&TCP_SOCKET)),
        field("timeoutSeconds", Type::Int32),
    ],
    open: false,
};

const GRPC: Struct = Struct {
    go: "v1.GRPCAction",
    fields: &[written("port", Type::Int32), pointer("service", TEXT).defaulting("")],
    open: false,
};

const HTTP_GET: Struct = Struct {
    go: "v1.HTTPGetAction",
    fields: &[
        field("host", TEXT),
        field("httpHeaders", Type::List(&Type::Struct(&HEADER))),
        field("path", TEXT),
        written("port", Type::IntOrText),
        field("scheme", Type::Text("v1.URIScheme")),
    ],
    open: false,
};

const HEADER: Struct = Struct {
    go: "v1.HTTPHeader",
    fields: &[written("name", TEXT), written("value", TEXT)],
    open: false,
};

const TCP_SOCKET: Struct = Struct {
    go: "v1.TCPSocketAction",
    fields: &[field("host", TEXT), written("port", Type::IntOrText)],
    open: false,
};
