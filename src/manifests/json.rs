//! Reads consecutive JSON objects, as kubectl does for `.json` files and everything that begins
//! with `{`.

use serde_json::{Deserializer, Value, error::Category};

use crate::manifests::{
    Fault,
    budget::{Budget, DEPTH_MAX},
    convert,
    error::TextPosition,
    stream::Part,
    surrogates::without_halves,
    tree::too_deep,
};

/// serde_json's error for 1e400.
const OUT_OF_RANGE: &str = "number out of range";

/// The result of reading JSON.
pub(super) struct Read {
    pub(super) values: Vec<Value>,
    /// The part that is not JSON, and why; kubectl reads it as YAML if at most one object precedes
    /// it.
    pub(super) rest: Option<(Part, Fault)>,
}

/// Whether kubectl treats a text as JSON.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Reads as many values as there are.
pub(super) fn read(text: &str, budget: &mut Budget) -> Result<Read, Fault> {
    let text = &*without_halves(text);
    let mut stream = Deserializer::from_str(text).into_iter::<Value>();
    let mut values = Vec::new();
    loop {
        let end = stream.byte_offset();
        match stream.next() {
            None => return Ok(Read { values, rest: None }),
            Some(Ok(value)) => values.push(normal(value, 0, budget)?),
            // It is valid JSON, and would be a string in YAML.
            Some(Err(error)) if error.to_string().contains(OUT_OF_RANGE) => {
                return Err(fault(&error));
            }
            Some(Err(error)) => {
                return Ok(Read { values, rest: Some((rest(text, end), fault(&error))) });
            }
        }
    }
}

/// What comes after the objects, without the white space up to the end of their last line.
fn rest(text: &str, end: usize) -> Part {
    let rest = &text[end..];
    let line = rest.find(|c: char| c == '\n' || !c.is_whitespace()).unwrap_or(rest.len());
    let begin = end + if rest[line..].starts_with('\n') { line + 1 } else { line };
    Part { text: text[begin..].to_owned(), lines_before: text[..begin].matches('\n').count() }
}

fn fault(error: &serde_json::Error) -> Fault {
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or_default();
    let reason = match error.classify() {
        Category::Syntax if reason.contains("recursion limit") => too_deep(),
        Category::Io | Category::Syntax | Category::Data | Category::Eof => {
            format!("it begins with `{{` and is no JSON: {reason}")
        }
    };
    Fault::at(TextPosition { line: error.line(), column: error.column() }, reason)
}

/// Numbers as kubectl writes them again.
fn normal(value: Value, depth: usize, budget: &mut Budget) -> Result<Value, Fault> {
    if depth > DEPTH_MAX {
        return Err(Fault::of(too_deep()));
    }
    budget.spend(value.as_str().map_or(0, str::len))?;
    match value {
        #[expect(clippy::cast_precision_loss, reason = "kubectl loses it too")]
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), ..) => Ok(number.into()),
            (None, Some(number), _) => convert::float(number as f64),
            (None, None, Some(number)) => convert::float(number),
            (None, None, None) => Ok(Value::Number(number)),
        },
        Value::Array(items) => {
            items.into_iter().map(|item| normal(item, depth + 1, budget)).collect()
        }
        Value::Object(entries) => entries
            .into_iter()
            .map(|(key, value)| Ok((key, normal(value, depth + 1, budget)?)))
            .collect::<Result<_, _>>()
            .map(Value::Object),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(value),
    }
}
