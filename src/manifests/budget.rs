//! What reading a folder may cost. kubectl has limits of its own, which let a small file become gigabytes.

use crate::manifests::Fault;

/// Bytes that one file may have.
pub(super) const FILE_MAX: u64 = 1 << 20;
/// Files that a folder may have.
pub(super) const FILES_MAX: usize = 200;
/// How deep values may lie in each other; what is deeper could not be read back from the record.
pub(super) const DEPTH_MAX: usize = 100;
/// Bytes that all values of a folder may take once aliases and merge keys are written out.
const VALUES_MAX: usize = 32 << 20;
/// What a value takes beside its text.
const VALUE_COST: usize = 64;

/// What may still be spent.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
}

impl Budget {
    pub(super) const fn new() -> Self {
        Self { left: VALUES_MAX }
    }

    /// Spends what a value with so many bytes of text takes.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), Fault> {
        let left = self.left.checked_sub(VALUE_COST + bytes);
        self.left =
            left.ok_or_else(|| Fault::of("the manifests hold more than 32 MiB once aliases (`*name`) are written out; write less"))?;
        Ok(())
    }
}
