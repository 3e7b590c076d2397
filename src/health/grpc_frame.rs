//! The messages of the gRPC health protocol (`grpc.health.v1`): one each way, of one field.
//!
//! Our own: a gRPC client with its generated code is many times as large as these two messages.

use boathook_core::health::Serving;

/// The path of the method.
pub(super) const PATH: &str = "/grpc.health.v1.Health/Check";
/// Bytes of an answer's message that are read, at most; it holds one small number.
pub(super) const MESSAGE_MAX: usize = 4096;

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

/// `HealthCheckResponse { status }` out of its frame; none if it is none. An absent field is 0, as
/// always in protobuf.
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
