//! When a certificate expires. Nothing is verified.

use jiff::Timestamp;
use x509_cert::{Certificate, der::Decode};

/// When a certificate (DER) expires; none if it cannot be parsed.
#[must_use]
pub fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    let certificate = Certificate::from_der(certificate).ok()?;
    let end = certificate.tbs_certificate().validity().not_after.to_unix_duration();
    Timestamp::from_second(end.as_secs().try_into().ok()?).ok()
}
