//! Characters that a reader does not see as themselves: in untrusted text they can move a terminal's
//! cursor, or make a word look like another.

/// Control characters, those that change the direction of the text after them, and a byte order
/// mark.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control() || is_bidi_control(c) || c == '\u{feff}'
}

/// Whether Unicode gives the character the property `Bidi_Control` (UAX #9).
const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
