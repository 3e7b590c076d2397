//! The words and signs of a source file, without comments and literals.

/// What stands in `text`, in order. A literal is left out unless it is a path, as in
/// `#[serde(with = "crate::text")]`.
pub fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let literal = if first == '"' { quoted(rest) } else { raw(rest).or_else(|| char(rest)) };
        let length = literal.or_else(|| comment(rest)).unwrap_or_else(|| word(rest));
        let (token, after) = rest.split_at(length);
        if literal.is_some() {
            found.extend(path(token.trim_matches('"')));
        } else if comment(token).is_none() && !first.is_whitespace() {
            found.push(token);
        }
        rest = after;
    }
    found
}

/// Whether a token is a name or a keyword.
pub fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn path(literal: &str) -> Vec<&str> {
    let is_path = literal.contains("::") && literal.chars().all(|c| in_word(c) || c == ':');
    if is_path { tokens(literal) } else { Vec::new() }
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of a word, of `::`, or of one sign.
fn word(rest: &str) -> usize {
    match rest.find(|c| !in_word(c)).unwrap_or(rest.len()) {
        0 if rest.starts_with("::") => 2,
        0 => rest.chars().next().map_or(0, char::len_utf8),
        length => length,
    }
}

fn comment(rest: &str) -> Option<usize> {
    let end = |end: &str| Some(rest.find(end).map_or(rest.len(), |at| at + end.len()));
    if rest.starts_with("//") {
        end("\n")
    } else if rest.starts_with("/*") {
        end("*/")
    } else {
        None
    }
}

fn quoted(rest: &str) -> Option<usize> {
    let mut escaped = false;
    let end = rest[1..].find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.map(|end| end + 2)
}

fn raw(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('b').unwrap_or(rest).strip_prefix('r')?;
    let text = after.trim_start_matches('#').strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(after.len() - text.len() - 1));
    Some(rest.len() - text.len() + text.find(&end)? + end.len())
}

/// A character; a lifetime is none.
fn char(rest: &str) -> Option<usize> {
    let text = rest.strip_prefix('\'')?;
    let first = text.chars().next()?;
    let after = if first == '\\' { 2 } else { first.len_utf8() };
    let end = if first == '\\' { text[after..].find('\'')? } else { 0 };
    text[after + end..].starts_with('\'').then_some(after + end + 2)
}
