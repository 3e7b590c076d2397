//! The gRPC health protocol (`grpc.health.v1`): one message each way, of one field.

/// The path of the method.
pub(super) const PATH: &str = "/grpc.health.v1.Health/Check";
/// Bytes of an answer's message that are read, at most; it holds one small number.
pub(super) const MESSAGE_MAX: usize = 4096;

/// What a question about gRPC health came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrpcAnswer {
    /// The program said how it is.
    Health(Serving),
    /// The call ended with an error: its code, and what was said.
    Error {
        /// The code, from 1 to 16.
        code: u32,
        /// What was said of it.
        message: String,
    },
    /// The answer was no gRPC, but HTTP of this status.
    NotGrpc {
        /// The status code.
        status: u16,
    },
}

/// How a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serving {
    /// It does not know.
    Unknown,
    /// Well.
    Serving,
    /// Not well.
    NotServing,
    /// There is no such service.
    ServiceUnknown,
}

impl Serving {
    /// As the protocol names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Serving => "SERVING",
            Self::NotServing => "NOT_SERVING",
            Self::ServiceUnknown => "SERVICE_UNKNOWN",
        }
    }
}

/// The name of a status code.
pub(super) const fn code_name(code: u32) -> &'static str {
    const NAMES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    if (code as usize) < NAMES.len() { NAMES[code as usize] } else { "an unknown code" }
}

/// The code of a call that the application does not have, and of a host that the gateway does not know.
pub(super) const UNIMPLEMENTED: u32 = 12;
/// The code for a service that is not known to the health service.
pub(super) const NOT_FOUND: u32 = 5;

/// `HealthCheckRequest { service }` in its frame.
pub(super) fn question(service: &str) -> Vec<u8> {
    let mut message = Vec::new();
    if !service.is_empty() {
        message.push(FIELD_1_BYTES);
        varint(service.len(), &mut message);
        message.extend_from_slice(service.as_bytes());
    }
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&[NOT_COMPRESSED][..], &length.to_be_bytes(), &message].concat()
}

/// `HealthCheckResponse { status }` out of its frame; none if it is none. An absent field is 0, as always in protobuf.
pub(super) fn answer(body: &[u8]) -> Option<Serving> {
    let (head, message) = body.split_at_checked(FRAME)?;
    let length = u32::from_be_bytes(head[1..].try_into().ok()?);
    if head[0] != NOT_COMPRESSED || usize::try_from(length).ok()? != message.len() {
        return None;
    }
    let mut rest = message;
    let mut status = 0;
    while !rest.is_empty() {
        let key = read_varint(&mut rest)?;
        let value = match key & 7 {
            0 => read_varint(&mut rest)?,
            1 => skip(&mut rest, 8)?,
            2 => {
                let length = read_varint(&mut rest)?;
                skip(&mut rest, usize::try_from(length).ok()?)?
            }
            5 => skip(&mut rest, 4)?,
            _ => return None,
        };
        if key == u64::from(FIELD_1_NUMBER) {
            status = value;
        }
    }
    match status {
        0 => Some(Serving::Unknown),
        1 => Some(Serving::Serving),
        2 => Some(Serving::NotServing),
        3 => Some(Serving::ServiceUnknown),
        _ => None,
    }
}

/// A frame begins with a flag and a length of four bytes.
const FRAME: usize = 5;
const NOT_COMPRESSED: u8 = 0;
/// Field 1, as a text.
const FIELD_1_BYTES: u8 = 0x0a;
/// Field 1, as a number.
const FIELD_1_NUMBER: u8 = 0x08;

fn varint(mut number: usize, into: &mut Vec<u8>) {
    while number > 0x7f {
        into.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
        number >>= 7;
    }
    into.push(u8::try_from(number).unwrap_or_default());
}

fn read_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn skip(rest: &mut &[u8], bytes: usize) -> Option<u64> {
    *rest = rest.get(bytes..)?;
    Some(0)
}
