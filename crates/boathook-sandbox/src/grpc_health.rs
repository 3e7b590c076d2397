//! The server's side of the gRPC health protocol, as bytes.

use boathook_core::health::Serving;

/// The name in a framed `HealthCheckRequest`; none if it is none.
pub(super) fn asked_service(body: &[u8]) -> Option<String> {
    let message = body.get(5..)?;
    match message {
        [] => Some(String::new()),
        [0x0a, length, name @ ..] if usize::from(*length) == name.len() && *length < 0x80 => {
            String::from_utf8(name.to_vec()).ok()
        }
        _ => None,
    }
}

/// A framed `HealthCheckResponse`.
pub(super) const fn response(serving: Serving) -> [u8; 7] {
    let status = match serving {
        Serving::Unknown => 0,
        Serving::Serving => 1,
        Serving::NotServing => 2,
        Serving::ServiceUnknown => 3,
    };
    [0, 0, 0, 0, 2, 0x08, status]
}
