//! Words that stand for what is known only when a test runs. Holds no test.

use regex::{Captures, Regex};

/// A text with these words replaced, where they stand alone: the letters of a certificate may be
/// anything.
pub fn filled(text: &str, words: &[(&str, &str)]) -> String {
    let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
    let alone = Regex::new(&format!(r"(?-u:\b)(?:{})(?-u:\b)", names.join("|"))).unwrap();
    let meaning = |found: &Captures<'_>| {
        let known = words.iter().find(|(word, _)| *word == &found[0]);
        known.map(|(_, meaning)| (*meaning).to_owned()).unwrap_or_default()
    };
    alone.replace_all(text, meaning).into_owned()
}

#[test]
fn a_word_inside_of_other_letters_is_none() {
    let words = [("DIR", "/tmp/.one"), ("ADDRESS", "127.0.0.1:1")];
    let text = "file: DIR/key, at 'ADDRESS'\nMIIBDIRx/DIRy+DIR_";
    assert_eq!(filled(text, &words), "file: /tmp/.one/key, at '127.0.0.1:1'\nMIIBDIRx/DIRy+DIR_");
}
