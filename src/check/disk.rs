//! Checks the free space of the state directory.

use std::path::Path;

use rustix::fs::statvfs;

use crate::check::CheckResult;

const CHECK: &str = "disk";
/// The journal needs less, but the audit log, work files and kubectl's cache need space too.
const FULL: u64 = 64 << 20;
const SCARCE: u64 = 512 << 20;
/// The kubelet begins to evict pods and delete images at five percent.
const SCARCE_PERCENT: u64 = 5;

/// What a file system has left for ordinary users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Disk {
    /// Bytes in all.
    pub(super) total: u64,
    /// Bytes that are free.
    pub(super) free: u64,
    /// Files that can still be made; none if the file system does not count them.
    pub(super) files: Option<u64>,
}

pub(super) fn check(directory: &Path) -> Vec<CheckResult> {
    let Some(path) = directory.ancestors().find(|path| path.exists()) else { return Vec::new() };
    let Ok(found) = statvfs(path) else { return Vec::new() };
    let files = (found.f_files > 0).then_some(found.f_favail);
    let disk = Disk {
        total: found.f_blocks.saturating_mul(found.f_frsize),
        free: found.f_bavail.saturating_mul(found.f_frsize),
        files,
    };
    vec![judge(path, disk)]
}

/// Whether there is enough space.
pub(super) fn judge(path: &Path, disk: Disk) -> CheckResult {
    let Disk { total, free, files } = disk;
    let shown = path.display();
    let percent = free.saturating_mul(100).checked_div(total).unwrap_or(0);
    let left = format!("{} MiB ({percent} %) are left at {shown}", free >> 20);
    let fix = format!(
        "see what takes it: du -xh --max-depth=2 {shown} | sort -h | tail; crictl rmi --prune; lower audit.keep and state.keep_days"
    );
    match files {
        Some(0) => CheckResult::error(
            CHECK,
            format!("no more files can be made at {shown}"),
            "nothing can be accepted, and kubectl cannot work",
            fix,
        ),
        _ if free < FULL => CheckResult::error(
            CHECK,
            format!("only {left}"),
            "once nothing can be written, nothing is accepted (503)",
            fix,
        ),
        _ if free < SCARCE || percent < SCARCE_PERCENT => CheckResult::warning(
            CHECK,
            format!("only {left}"),
            "the kubelet throws pods and images away, and soon nothing can be written",
            fix,
        ),
        _ => CheckResult::ok(CHECK, left),
    }
}
