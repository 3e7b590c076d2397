//! The extended headers of the tar format POSIX calls pax: which of them change what an entry is.
//!
//! Our own, because the reader of `tar` stops at an empty line, and what follows would go unread.

/// What a record may say without changing an entry's name, size or kind.
const HARMLESS: [&[u8]; 8] =
    [b"mtime", b"atime", b"ctime", b"uid", b"gid", b"uname", b"gname", b"comment"];
/// The same, of what comes from other programs: attributes of files.
const HARMLESS_PREFIXES: [&[u8]; 2] = [b"SCHILY.", b"LIBARCHIVE."];

/// Whether the records of an extended header say nothing that a bundle would have to believe.
pub(super) fn is_harmless(records: &[u8]) -> bool {
    let mut rest = records;
    while !rest.is_empty() {
        let Some((record, after)) = split_record(rest) else { return false };
        let Some(at) = record.iter().position(|byte| *byte == b'=') else { return false };
        let key = &record[..at];
        let is_known = HARMLESS.contains(&key)
            || HARMLESS_PREFIXES.iter().any(|prefix| key.starts_with(prefix));
        if !is_known {
            return false;
        }
        rest = after;
    }
    true
}

/// The first record, without its length, and what follows it.
fn split_record(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = bytes.iter().position(|byte| *byte == b' ')?;
    let length: usize = str::from_utf8(&bytes[..space]).ok()?.parse().ok()?;
    let (record, after) = bytes.split_at_checked(length)?;
    Some((record.get(space + 1..)?, after))
}
