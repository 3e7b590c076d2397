//! A word as one would type it in a shell.

use std::fmt::{self, Write as _};

use crate::deployment::unprintable::is_unprintable;

/// Displays the word in quotes where it needs them; harmless on a terminal.
pub struct ShellWord<'a>(pub &'a str);

impl ShellWord<'_> {
    /// A whole command.
    #[must_use]
    pub fn command(argv: &[String]) -> String {
        argv.iter().map(|word| ShellWord(word).to_string()).collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for ShellWord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
        if !self.0.is_empty() && self.0.chars().all(plain) {
            f.write_str(self.0)
        } else if self.0.chars().any(is_unprintable) {
            // Only this form of quotes can hold a control character as its code.
            f.write_str("$'")?;
            self.0.chars().try_for_each(|c| match c {
                '\'' | '\\' => write!(f, "\\{c}"),
                c if is_unprintable(c) => write!(f, "\\U{:08X}", u32::from(c)),
                c => f.write_char(c),
            })?;
            f.write_char('\'')
        } else {
            write!(f, "'{}'", self.0.replace('\'', r"'\''"))
        }
    }
}
