//! Text on a terminal: of what is untrusted, control characters are escaped, and a line is written in
//! one piece, so that lines of programs that share an output are never mixed.

use std::{
    env,
    error::Error,
    fmt::{self, Write as _},
    io::{self, ErrorKind, IsTerminal as _, Write, stderr, stdout},
    process::ExitCode,
};

use boathook_core::deployment::{error_chain, is_unprintable};

use crate::cli::Exit;

/// Text in one line: every control character, line breaks too, is written as its code, and so is
/// the bracket of `##[`, which commands a CI runner wherever it stands in a line.
pub struct Line<'a>(pub &'a str);

/// Text in several lines: line breaks and tabs stay, other control characters are written as their
/// code.
pub struct Lines<'a>(pub &'a str);

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

fn harmless(f: &mut fmt::Formatter<'_>, c: char) -> fmt::Result {
    if is_unprintable(c) { write!(f, "{}", c.escape_unicode()) } else { f.write_char(c) }
}

/// Whether standard output is a terminal that shows colours, and nobody asked for none.
pub fn has_colours() -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    stdout().is_terminal() && !is_set("NO_COLOR") && !is_dumb
}

/// Prints a line, or several. A reader that closed the pipe, such as `head`, is no error.
pub fn print(text: impl fmt::Display) {
    print_to_reader(text);
}

/// The same; whether someone still reads.
pub fn print_to_reader(text: impl fmt::Display) -> bool {
    match write(stdout().lock(), &text) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => return false,
        Err(error) => print_to_stderr(format_args!("error: failed to print: {error}")),
        Ok(()) => {}
    }
    true
}

/// Prints a line, or several, to standard error; if that is closed, nobody can be told so.
pub fn print_to_stderr(text: impl fmt::Display) {
    write(stderr().lock(), &text).ok();
}

/// In one write, which the formatting macros do not promise.
fn write(mut output: impl Write, text: &dyn fmt::Display) -> io::Result<()> {
    output.write_all(format!("{text}\n").as_bytes())
}

/// Prints an error with its causes to standard error, and returns the exit code.
pub fn fail(error: &dyn Error, exit: Exit) -> ExitCode {
    print_to_stderr(format_args!("error: {}", Line(&error_chain(error))));
    exit.into()
}
