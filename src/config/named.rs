//! Lists whose entries have names (issuers, relays, receivers), which stand in records, logs, labels
//! and file names.

use boathook_core::fault::Fault;

/// The maximum length of a name.
const NAME_MAX: usize = 40;

/// An entry of such a list.
pub(super) trait Named {
    /// What messages call an entry.
    const KIND: &'static str;

    fn name(&self) -> &str;
}

/// What cannot be used of a list: its names, and what `faults` finds in an entry, given those before.
pub(super) fn faults<T: Named>(
    section: &str,
    entries: &[T],
    faults: impl Fn(&T, &[T]) -> Vec<Fault>,
) -> Vec<Fault> {
    let each = entries.iter().enumerate().flat_map(|(index, entry)| {
        let before = &entries[..index];
        let is_taken = before.iter().any(|other| other.name() == entry.name());
        let taken = format!("is another {}'s too", T::KIND);
        let mut found = Fault::of([
            (is_plain(entry.name()), "name", "must be 1 to 40 of a-z, 0-9 and -"),
            (!is_taken, "name", taken.as_str()),
        ]);
        found.extend(faults(entry, before));
        Fault::inside(&format!("{section}[{index}]"), found).collect::<Vec<_>>()
    });
    each.collect()
}

fn is_plain(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
