//! Limits for reading a folder. kubectl's own limits let a small file expand to gigabytes.

use crate::manifests::Fault;

/// The maximum size of a file.
pub(super) const FILE_MAX: u64 = 1 << 20;
/// The maximum number of files in a folder.
pub(super) const FILES_MAX: usize = 200;
/// The maximum nesting of values; deeper ones could not be read back from the record.
pub(super) const DEPTH_MAX: usize = 100;
/// The maximum size of all values of a folder, with aliases and merge keys expanded.
const VALUES_MAX: usize = 32 << 20;
/// The cost of a value besides its text.
const VALUE_COST: usize = 64;

/// The budget left.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
}

impl Budget {
    pub(super) const fn new() -> Self {
        Self { left: VALUES_MAX }
    }

    /// Spends the cost of a value with this many bytes of text.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), Fault> {
        let left = self.left.checked_sub(VALUE_COST + bytes);
        self.left =
            left.ok_or_else(|| Fault::of("the manifests hold more than 32 MiB once aliases (`*name`) are written out; write less"))?;
        Ok(())
    }
}
