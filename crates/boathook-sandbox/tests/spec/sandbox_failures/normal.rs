//! Texts without what is another one each time: the ends of names, digests, identifiers, addresses.

use std::sync::LazyLock;

use regex::Regex;

static VARIABLE: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let rules = [
        (r"(web-0000[0-9])-deployment-[0-9a-z]{6,}(-[0-9a-z]{5})?-?", "${1}-POD"),
        (r"sha256:[0-9a-f]{64}", "DIGEST"),
        (r"[0-9a-f]{64}", "ID"),
        (r"\([0-9a-f]{8}-[0-9a-f-]{27}\)", "(UID)"),
        (r"on [0-9.]+:53", "on DNS"),
        (r"10(\.[0-9]+){3}", "ADDRESS"),
        (r"usage: [0-9]+", "usage: N"),
        (r"start [0-9]+:", "start N:"),
    ];
    rules.into_iter().map(|(pattern, with)| (Regex::new(pattern).unwrap(), with)).collect()
});

/// The text as it is compared.
pub fn text(text: &str) -> String {
    VARIABLE.iter().fold(text.trim_end().to_owned(), |text, (pattern, with)| {
        pattern.replace_all(&text, *with).into_owned()
    })
}
