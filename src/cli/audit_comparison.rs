//! The output of `boathook audit compare`.

use std::fmt::Write as _;

use crate::{
    cli::{proof, terminal::Line},
    observers::audit::{Comparison, Difference, Found, VerifiedLog},
};

/// What comparing logs found; one line for each log, one for each difference that is named, and how
/// many records were compared.
pub fn describe(comparison: &Comparison) -> String {
    let Comparison { logs, same, alone, different, named } = comparison;
    let mut text = String::new();
    for log in logs {
        let VerifiedLog { directory, proof, scope } = log;
        let records = match scope.records {
            Some((first, last)) => format!("records {first} to {last}"),
            None => "no records".to_owned(),
        };
        let own = scope.own;
        let proof = proof::describe(proof);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}: {proof}; {records}, lines of its own: {own}",
            Line(&directory.display().to_string())
        );
    }
    for difference in named {
        let _ = writeln!(text, "{}", described(difference, logs));
    }
    let unnamed = different - named.len() as u64;
    if unnamed > 0 {
        let _ = writeln!(text, "and {unnamed} more");
    }
    let _ = write!(text, "records that say the same: {same}, that differ: {different}");
    if *alone > 0 {
        let _ = write!(text, ", that only one log should have: {alone}");
    }
    text
}

/// The logs whose lines say the same stand together.
fn described(difference: &Difference, logs: &[VerifiedLog]) -> String {
    let Difference { sequence, what, found } = difference;
    let mut groups = Vec::<Vec<String>>::new();
    let mut missing = Vec::new();
    for (found, log) in found.iter().zip(logs) {
        let directory = log.directory.display().to_string();
        match found {
            Found::NotCompared => {}
            Found::Missing => missing.push(Line(&directory).to_string()),
            Found::Line { number, content } => {
                groups.resize_with(groups.len().max(content + 1), Vec::new);
                groups[*content].push(format!("#{number} of {}", Line(&directory)));
            }
        }
    }
    let groups = groups.iter().map(|lines| lines.join(" and ")).collect::<Vec<_>>();
    let lines = groups.join(", otherwise ");
    let missing = match missing.as_slice() {
        [] => String::new(),
        missing => format!("; missing in {}", missing.join(" and ")),
    };
    format!("record {sequence} ({}): {lines}{missing}", Line(what))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use expect_test::expect;

    use super::*;
    use crate::observers::audit::{Proof, Scope, verify};

    fn log(directory: &str, own: u64) -> VerifiedLog {
        let empty = tempfile::tempdir().unwrap();
        fs::write(empty.path().join("audit.log"), "").unwrap();
        let hash = "0".repeat(64);
        let head = format!(r#"{{"sequence":0,"number":0,"hash":"{hash}","from":1}}"#);
        fs::write(empty.path().join("head.json"), head).unwrap();
        let proof = Proof { to: 8 + own, ..verify(empty.path()).unwrap() };
        let scope = Scope { records: Some((1, 8)), own, ..Scope::default() };
        VerifiedLog { directory: Path::new(directory).to_owned(), proof, scope }
    }

    #[test]
    fn each_log_each_difference_and_the_counts_have_a_line() {
        let line = |number, content| Found::Line { number, content };
        let of = |sequence, what: &str, found: [Found; 3]| Difference {
            sequence,
            what: what.to_owned(),
            found: found.to_vec(),
        };
        let comparison = Comparison {
            logs: vec![log("/a", 0), log("/b", 1), log("/c\u{1b}", 2)],
            same: 4,
            alone: 1,
            different: 3,
            named: vec![
                of(3, "started", [line(3, 0), line(4, 1), line(5, 0)]),
                of(4, "ended\n", [line(4, 0), Found::Missing, Found::NotCompared]),
            ],
        };
        expect![[r#"
            /a: whole: lines 1 to 8, files: 1, last hash: 0000000000000000000000000000000000000000000000000000000000000000; records 1 to 8, lines of its own: 0
            /b: whole: lines 1 to 9, files: 1, last hash: 0000000000000000000000000000000000000000000000000000000000000000; records 1 to 8, lines of its own: 1
            /c\u{1b}: whole: lines 1 to 10, files: 1, last hash: 0000000000000000000000000000000000000000000000000000000000000000; records 1 to 8, lines of its own: 2
            record 3 (started): #3 of /a and #5 of /c\u{1b}, otherwise #4 of /b
            record 4 (ended\u{a}): #4 of /a; missing in /b
            and 1 more
            records that say the same: 4, that differ: 3, that only one log should have: 1"#]].assert_eq(&describe(&comparison));
    }
}
