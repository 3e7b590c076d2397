//! How much of the audit log is kept.

use boathook_core::fault::Fault;
use serde::Deserialize;

/// A smaller file would hold hardly one deployment.
const FILE_MIN: u64 = 65_536;

/// How much of the audit log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// Bytes after which a new file is begun.
    pub max_bytes: u64,
    /// Full files to keep, besides the one being written.
    pub keep: u32,
}

impl Audit {
    pub(super) fn faults(self) -> Vec<Fault> {
        let Self { max_bytes, keep: _ } = self;
        Fault::of([(max_bytes >= FILE_MIN, "max_bytes", "must be 65536 or more")])
    }
}
