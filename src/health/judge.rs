//! Whether one sample is well.

use std::fmt::Write as _;

use crate::health::{Answer, Rules, Sample};

/// Letters of a body that are quoted.
const QUOTE_MAX: usize = 80;

/// Says why a sample is not well: no answer, another status than expected, or a body that lacks the expected text.
pub fn judge(sample: &Sample, rules: &Rules) -> Result<(), String> {
    match &sample.result {
        Err(unanswered) => Err(unanswered.to_string()),
        Ok(answer) => status_is_well(answer, rules).and_then(|()| body_is_well(answer, rules)),
    }
}

fn status_is_well(answer: &Answer, rules: &Rules) -> Result<(), String> {
    if rules.expect_status.contains(&answer.status) {
        return Ok(());
    }
    let expected: Vec<String> = rules.expect_status.iter().map(ToString::to_string).collect();
    Err(format!("answered {}, expected {}", answer.status, expected.join(" or ")))
}

fn body_is_well(answer: &Answer, rules: &Rules) -> Result<(), String> {
    match &rules.expect_body {
        Some(expected) if !answer.body.contains(expected) => {
            Err(format!("answered {} with a body that lacks {}: {}", answer.status, quote(expected), quote(&answer.body)))
        }
        _ => Ok(()),
    }
}

/// The beginning of a text that someone else wrote, with control characters made visible.
fn quote(text: &str) -> String {
    let mut letters = text.chars();
    let start: String = letters.by_ref().take(QUOTE_MAX).collect();
    let mut quoted = format!("{start:?}");
    if letters.next().is_some() {
        // Writing to a string cannot fail.
        let _ = write!(quoted, "...");
    }
    quoted
}
