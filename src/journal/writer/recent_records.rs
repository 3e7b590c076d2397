//! The newest records, in memory: who follows the journal is seldom far behind, and then need not
//! read the disk.

use std::{collections::VecDeque, sync::Arc};

use boathook_core::record::Record;

/// Records that are kept; the channel of new records holds as many.
const KEPT: usize = 256;

/// All records after a sequence, as they are on disk.
pub(in crate::journal) struct RecentRecords {
    after: u64,
    records: VecDeque<Arc<Record>>,
}

impl RecentRecords {
    /// None yet; the last one on disk has this sequence.
    pub(in crate::journal) const fn since(sequence: u64) -> Self {
        Self { after: sequence, records: VecDeque::new() }
    }

    /// Takes what was written. If that `prunes`, it may have removed any of the others.
    pub(in crate::journal) fn keep(&mut self, records: &[Arc<Record>], prunes: bool) {
        let last = self.records.back().map_or(self.after, |record| record.sequence);
        if let Some(first) = records.first().filter(|first| first.sequence != last + 1) {
            // Some were pruned before this process read them.
            self.records.clear();
            self.after = first.sequence - 1;
        }
        self.records.extend(records.iter().cloned());
        let kept = if prunes { 0 } else { KEPT };
        self.drop_first(self.records.len().saturating_sub(kept));
    }

    /// Drops the oldest while they are old.
    pub(in crate::journal) fn forget(&mut self, is_old: impl Fn(&Record) -> bool) {
        let young = self.records.iter().position(|record| !is_old(record));
        self.drop_first(young.unwrap_or(self.records.len()));
    }

    fn drop_first(&mut self, count: usize) {
        if let Some(last) = self.records.drain(..count).next_back() {
            self.after = last.sequence;
        }
    }

    /// The first records with a higher sequence; nothing if some of them are on disk alone.
    pub(in crate::journal) fn after(
        &self,
        sequence: u64,
        limit: usize,
    ) -> Option<Vec<Arc<Record>>> {
        let first = self.records.partition_point(|record| record.sequence <= sequence);
        (sequence >= self.after).then(|| self.records.range(first..).take(limit).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use boathook_core::{deployment::DeploymentId, record::DeploymentEvent};
    use jiff::Timestamp;

    use super::*;

    fn records(sequences: impl IntoIterator<Item = u64>) -> Vec<Arc<Record>> {
        let record = |sequence| {
            Arc::new(Record {
                sequence,
                deployment: DeploymentId::from_random([7; 20]),
                at: Timestamp::UNIX_EPOCH,
                event: DeploymentEvent::Started.into(),
            })
        };
        sequences.into_iter().map(record).collect()
    }

    fn sequences(recent: &RecentRecords, after: u64, limit: usize) -> Option<Vec<u64>> {
        Some(recent.after(after, limit)?.iter().map(|record| record.sequence).collect())
    }

    #[test]
    fn who_is_not_far_behind_gets_the_next_records_and_who_is_reads_the_disk() {
        let mut recent = RecentRecords::since(10);
        assert_eq!(sequences(&recent, 10, 5), Some(vec![]));
        recent.keep(&records(11..=14), false);
        assert_eq!(sequences(&recent, 11, 2), Some(vec![12, 13]));
        assert_eq!(sequences(&recent, 14, 2), Some(vec![]));
        assert_eq!(sequences(&recent, 9, 2), None);
    }

    #[test]
    fn only_so_many_are_kept() {
        let mut recent = RecentRecords::since(0);
        let last = KEPT as u64 + 3;
        recent.keep(&records(1..=last), false);
        assert_eq!(sequences(&recent, 2, 1), None);
        assert_eq!(sequences(&recent, 3, KEPT + 1).map(|all| all.len()), Some(KEPT));
    }

    #[test]
    fn what_is_forgotten_is_read_from_the_disk() {
        let mut recent = RecentRecords::since(10);
        recent.keep(&records(11..=14), false);
        recent.forget(|record| record.sequence < 13);
        assert_eq!(sequences(&recent, 11, 5), None);
        assert_eq!(sequences(&recent, 12, 5), Some(vec![13, 14]));
        recent.keep(&records(15..=15), true);
        assert_eq!(sequences(&recent, 14, 5), None);
        assert_eq!(sequences(&recent, 15, 5), Some(vec![]));
    }

    #[test]
    fn what_comes_after_a_gap_stands_alone() {
        let mut recent = RecentRecords::since(10);
        recent.keep(&records(11..=12), false);
        recent.keep(&records(15..=16), false);
        assert_eq!(sequences(&recent, 12, 5), None);
        assert_eq!(sequences(&recent, 14, 5), Some(vec![15, 16]));
    }
}
