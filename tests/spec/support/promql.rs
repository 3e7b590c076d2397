//! What an expression of Prometheus asks for: enough of the language to find metrics and labels.
//! Holds no test.

use std::collections::BTreeSet;

/// One metric that an expression names, with what its labels have to be.
#[derive(Debug)]
pub struct Selector {
    pub metric: String,
    /// Label and what it is compared with; alternatives of a pattern one by one.
    pub labels: Vec<(String, Vec<String>)>,
}

/// What an expression names.
#[derive(Debug, Default)]
pub struct Expression {
    pub selectors: Vec<Selector>,
    /// The labels after `by`.
    pub by: BTreeSet<String>,
    /// The labels after `on`.
    pub on: BTreeSet<String>,
}

impl Expression {
    pub fn read(text: &str) -> Self {
        let mut expression = Self::default();
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '"')
        {
            rest = &rest[start..];
            if let Some(string) = rest.strip_prefix('"') {
                rest = string
                    .split_once('"')
                    .unwrap_or_else(|| panic!("a string has no end in {text}"))
                    .1;
                continue;
            }
            let end =
                rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = after;
            match word {
                "by" => expression.by.extend(list(&mut rest, text)),
                "on" => expression.on.extend(list(&mut rest, text)),
                "up" => expression.selectors.push(selector(word, &mut rest, text)),
                word if word.starts_with("boathook_") || word.starts_with("process_") => {
                    expression.selectors.push(selector(word, &mut rest, text));
                }
                _ => {}
            }
        }
        expression
    }
}

/// The labels in brackets that stand here.
fn list(rest: &mut &str, text: &str) -> Vec<String> {
    let inside =
        rest.trim_start().strip_prefix('(').unwrap_or_else(|| panic!("no brackets in {text}"));
    let (inside, after) =
        inside.split_once(')').unwrap_or_else(|| panic!("brackets have no end in {text}"));
    *rest = after;
    inside.split(',').map(|label| label.trim().to_owned()).collect()
}

fn selector(metric: &str, rest: &mut &str, text: &str) -> Selector {
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        let (inside, after) =
            inside.split_once('}').unwrap_or_else(|| panic!("a selector has no end in {text}"));
        *rest = after;
        for matcher in inside.split(", ") {
            let (label, compared) =
                matcher.split_once(['=', '!']).unwrap_or_else(|| panic!("no matcher in {text}"));
            let value = compared.trim_start_matches(['=', '~']).trim_matches('"');
            labels.push((label.to_owned(), value.split('|').map(str::to_owned).collect()));
        }
    }
    Selector { metric: metric.to_owned(), labels }
}
