//! The output of `boathook audit verify` for an intact log.

use crate::observers::audit::Proof;

/// Lines that are named one by one.
const LINES_MAX: usize = 20;

/// An audit log is intact.
pub fn describe(proof: &Proof) -> String {
    let Proof { from, to, hash, files, unfinished, repaired, journal_replaced } = proof;
    let removed = if *from > 1 {
        format!("; lines 1 to {} were removed by audit.keep", from.saturating_sub(1))
    } else {
        String::new()
    };
    let unfinished = if *unfinished { "; the line after it is not finished" } else { "" };
    format!(
        "whole: lines {from} to {to}, files: {files}, last hash: {hash}{removed}{unfinished}{}{}",
        noted("it was repaired", repaired),
        noted("the journal was replaced", journal_replaced)
    )
}

/// What the verification cannot cover, with the lines that show it.
fn noted(what: &str, lines: &[u64]) -> String {
    let (shown, more) = lines.split_at(lines.len().min(LINES_MAX));
    let numbers = shown.iter().map(|number| format!("#{number}")).collect::<Vec<_>>().join(", ");
    match (shown, more) {
        ([], _) => String::new(),
        (_, []) => format!("; {what}, see {numbers} of `boathook audit show`"),
        (_, more) => {
            format!("; {what}, see {numbers} and {} more of `boathook audit show`", more.len())
        }
    }
}
