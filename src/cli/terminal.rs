//! Untrusted text on a terminal: control characters are escaped.

use std::{
    error::Error,
    fmt::{self, Write as _},
    io::{ErrorKind, Write as _, stdout},
    process::ExitCode,
};

use boathook_core::deployment::{error_chain, is_bidi_control};

use crate::cli::Exit;

/// Text in one line: every control character, line breaks too, is written as its code, and so is
/// the bracket of `##[`, which commands a CI runner wherever it stands in a line.
pub struct Line<'a>(pub &'a str);

/// Text in several lines: line breaks and tabs stay, other control characters are written as their
/// code.
pub struct Lines<'a>(pub &'a str);

/// A word as one would type it in a shell.
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, text) in self.0.split("##[").enumerate() {
            f.write_str(if at > 0 { r"##\u{5b}" } else { "" })?;
            text.chars().try_for_each(|c| harmless(f, c))?;
        }
        Ok(())
    }
}

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| {
            if matches!(c, '\n' | '\t') { f.write_char(c) } else { harmless(f, c) }
        })
    }
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
        if !self.0.is_empty() && self.0.chars().all(plain) {
            f.write_str(self.0)
        } else if self.0.chars().any(acts) {
            // Only this form of quotes can hold a control character as its code.
            f.write_str("$'")?;
            self.0.chars().try_for_each(|c| match c {
                '\'' | '\\' => write!(f, "\\{c}"),
                c if acts(c) => write!(f, "\\U{:08X}", u32::from(c)),
                c => f.write_char(c),
            })?;
            f.write_char('\'')
        } else {
            write!(f, "'{}'", self.0.replace('\'', r"'\''"))
        }
    }
}

/// Whether a character is not printed as itself: control characters, those that change the
/// direction of text, and a byte order mark.
fn acts(c: char) -> bool {
    c.is_control() || is_bidi_control(c) || c == '\u{feff}'
}

fn harmless(f: &mut fmt::Formatter<'_>, c: char) -> fmt::Result {
    if acts(c) { write!(f, "{}", c.escape_unicode()) } else { f.write_char(c) }
}

/// Prints a line, or several. A reader that closed the pipe, such as `head`, is no error.
pub fn print(text: impl fmt::Display) {
    match writeln!(stdout().lock(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            eprintln!("error: failed to print: {error}")
        }
        Ok(()) | Err(_) => {}
    }
}

/// Prints an error with its causes to standard error, and returns the exit code.
pub fn fail(error: &dyn Error, exit: Exit) -> ExitCode {
    eprintln!("error: {}", Line(&error_chain(error)));
    exit.into()
}
