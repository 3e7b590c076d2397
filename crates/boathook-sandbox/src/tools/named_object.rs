//! Which object a run of kubectl names.

use crate::tools::{arguments::Arguments, output::Output};

/// Type and name of the one object that is meant: `TYPE NAME` or `TYPE/NAME`.
pub(super) fn object_of(arguments: &Arguments) -> Option<(String, String)> {
    let first = arguments.word(0)?;
    match first.split_once('/') {
        Some((word, name)) => Some((word.to_owned(), name.to_owned())),
        None => Some((first.to_owned(), arguments.word(1)?.to_owned())),
    }
}

/// There is no such kind.
pub(super) fn unknown_type(word: &str) -> Output {
    Output::failed(format!("error: the server doesn't have a resource type \"{word}\""))
}
