//! Characters that change the direction of the text after them: in untrusted text they can make a
//! word look like another.

/// Whether Unicode gives the character the property `Bidi_Control` (UAX #9).
#[must_use]
pub const fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
