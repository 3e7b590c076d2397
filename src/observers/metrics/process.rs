//! The resources that this process uses, under the names of Prometheus' own clients. Values that
//! the system does not report are left out.

use std::fs;

use rustix::{
    param::{clock_ticks_per_second, page_size},
    process::{Resource, getrlimit},
};

use crate::observers::metrics::{counter::Name, names, page::Page};

pub(super) fn write(page: &mut Page) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let gauges = [
        (names::VIRTUAL_MEMORY, field(&stat, VSIZE)),
        (names::RESIDENT_MEMORY, field(&stat, RSS).map(|pages| pages * page_size() as f64)),
        (names::THREADS, field(&stat, NUM_THREADS)),
        (names::OPEN_FDS, open_files()),
        (names::MAX_FDS, getrlimit(Resource::Nofile).current.map(|limit| limit as f64)),
    ];
    if let (Some(user), Some(system)) = (field(&stat, UTIME), field(&stat, STIME)) {
        page.seconds_counted(&names::CPU, (user + system) / clock_ticks_per_second() as f64);
    }
    gauges.into_iter().for_each(|(name, value): (Name<0>, Option<f64>)| {
        page.gauge(&name, value.map(|value| ([], value)))
    });
}

/// The numbers of fields in proc_pid_stat(5), which counts from 1.
const UTIME: usize = 14;
const STIME: usize = 15;
const NUM_THREADS: usize = 20;
const VSIZE: usize = 23;
const RSS: usize = 24;

/// A field behind the program's name, which is in brackets and may hold any character.
fn field(stat: &str, number: usize) -> Option<f64> {
    let (_, behind) = stat.rsplit_once(')')?;
    behind.split_whitespace().nth(number - 3)?.parse().ok()
}

/// Without the one by which they are counted.
fn open_files() -> Option<f64> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1) as f64)
}
