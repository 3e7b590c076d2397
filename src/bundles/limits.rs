//! How much a bundle may hold.

use boathook_core::fault::Fault;
use serde::Deserialize;

/// The upper bound of the configurable size, in bytes: a bundle is unpacked in memory.
const BYTES_MAX: usize = 16 << 20;
/// A block of a tar: the header of an entry, and the unit of its padding.
pub(super) const BLOCK: usize = 512;
/// The zeros that tar programs write at most behind the last entry.
const PADDING: usize = 64 << 10;
/// The upper bound of the configurable number of entries.
const ENTRIES_MAX: usize = 10_000;

/// How much a bundle may hold. What is beyond a limit is refused as soon as that is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleLimits {
    /// The bytes of its files together.
    pub max_bytes: usize,
    /// Its files and folders.
    pub max_entries: usize,
    /// The parts of a path.
    pub max_depth: usize,
    /// The bytes of a path.
    pub max_path: usize,
    /// How many times larger than packed the unpacked bundle may be.
    pub max_compression: usize,
}

impl BundleLimits {
    /// The most that any configuration allows: what is in the record was taken under it. boathook
    /// packed it anew, so how far it is compressed says nothing.
    pub const RECORDED: Self = Self {
        max_bytes: BYTES_MAX,
        max_entries: ENTRIES_MAX,
        max_depth: 64,
        max_path: 4096,
        max_compression: usize::MAX,
    };

    /// The bytes that a gzipped tar of so much may have: its headers count too.
    #[must_use]
    pub(crate) const fn max_packed(&self) -> usize {
        self.max_bytes + self.room()
    }

    /// The bytes of a tar besides those of its files.
    const fn room(&self) -> usize {
        (self.max_entries + 1) * 3 * BLOCK + PADDING
    }

    /// What cannot be used.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let Self { max_bytes, max_entries, max_depth, max_path, max_compression } = *self;
        Fault::of([
            (
                (1..=BYTES_MAX).contains(&max_bytes),
                "max_bytes",
                "must be more than 0 and at most 16777216 (16 MiB)",
            ),
            ((1..=ENTRIES_MAX).contains(&max_entries), "max_entries", "must be from 1 to 10000"),
            ((1..=64).contains(&max_depth), "max_depth", "must be from 1 to 64"),
            ((1..=4096).contains(&max_path), "max_path", "must be from 1 to 4096"),
            ((2..=1000).contains(&max_compression), "max_compression", "must be from 2 to 1000"),
        ])
    }
}
