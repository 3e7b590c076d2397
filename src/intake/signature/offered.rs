//! The signatures that came with a request.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::intake::signature::SignatureFault;

/// GitHub's own signature header, in lower case.
pub const HUB_SIGNATURE_HEADER: &str = "x-hub-signature-256";

/// The signature headers of Forgejo, Gitea and Gogs, in lower case. Forgejo sends all three, and
/// GitHub's.
pub const FORGE_SIGNATURE_HEADERS: [&str; 3] =
    ["x-forgejo-signature", "x-gitea-signature", "x-gogs-signature"];

const PREFIX: &[u8] = b"sha256=";

/// An HMAC-SHA256.
pub(super) type MacBytes = [u8; 32];

/// The signature headers of one request, as they came.
#[derive(Clone, Debug, Default)]
pub struct Offered<'a> {
    /// Every value of [`SIGNATURE_HEADER`](boathook_core::deployment::SIGNATURE_HEADER).
    pub documented: Vec<&'a [u8]>,
    /// Every value of [`HUB_SIGNATURE_HEADER`].
    pub hub: Vec<&'a [u8]>,
    /// Every value of each of [`FORGE_SIGNATURE_HEADERS`].
    pub forges: [Vec<&'a [u8]>; 3],
    /// Every value of `Authorization`.
    pub authorization: Vec<&'a [u8]>,
}

impl Offered<'_> {
    /// Whether there is no signature, good or bad.
    pub(in crate::intake) fn is_unsigned(&self) -> bool {
        let Offered { documented, hub, forges, authorization: _ } = self;
        documented.is_empty() && hub.is_empty() && forges.iter().all(Vec::is_empty)
    }

    /// One MAC for each header present.
    pub(super) fn parse(&self) -> Result<Vec<MacBytes>, SignatureFault> {
        let Offered { documented, hub, forges, authorization: _ } = self;
        let forges = forges.iter().map(|values| (values, bare_hex_mac as ReadMac));
        let headers = [(documented, hex_or_base64 as ReadMac), (hub, hex_mac)];
        let mut macs = Vec::new();
        for (values, read) in headers.into_iter().chain(forges) {
            match values.as_slice() {
                [] => {}
                [one] => macs.push(read(one)),
                [_, _, ..] => return Err(SignatureFault::Repeated),
            }
        }
        if macs.is_empty() {
            return Err(SignatureFault::Missing);
        }
        macs.into_iter().collect::<Option<_>>().ok_or(SignatureFault::Malformed)
    }
}

type ReadMac = fn(&[u8]) -> Option<MacBytes>;

fn hex_mac(header: &[u8]) -> Option<MacBytes> {
    bare_hex_mac(header.strip_prefix(PREFIX)?)
}

fn bare_hex_mac(header: &[u8]) -> Option<MacBytes> {
    let mut mac = MacBytes::default();
    hex::decode_to_slice(header, &mut mac).ok()?;
    Some(mac)
}

fn hex_or_base64(header: &[u8]) -> Option<MacBytes> {
    let base64 = || STANDARD.decode(header.strip_prefix(PREFIX)?).ok()?.try_into().ok();
    hex_mac(header).or_else(base64)
}
