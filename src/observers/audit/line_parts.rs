//! One line of the log in the parts that commands and pages show: when, who, what, of which
//! deployment, and everything else. It escapes nothing.

use jiff::Timestamp;
use serde_json::Value;

/// Fields of the hash chain, and those that are parts of their own.
const NOT_AGAIN: [&str; 8] =
    ["number", "previous", "hash", "sequence", "at", "deployment", "what", "who"];

/// A line's parts. A line that someone damaged may lack any of them.
#[derive(Clone, Debug)]
pub struct LineParts<'a> {
    pub number: &'a Value,
    pub at: Option<Timestamp>,
    pub deployment: Option<&'a str>,
    /// The word for what happened.
    pub what: Option<&'a str>,
    /// Who did it: name and value.
    pub who: Vec<(&'a str, &'a Value)>,
    /// Everything else.
    pub rest: Vec<(&'a str, &'a Value)>,
}

impl<'a> LineParts<'a> {
    #[must_use]
    pub fn of(line: &'a Value) -> Self {
        let text = |name: &str| line[name].as_str();
        let is_rest = |(name, _): &(&str, &Value)| !NOT_AGAIN.contains(name);
        Self {
            number: &line["number"],
            at: text("at").and_then(|at| at.parse().ok()),
            deployment: text("deployment"),
            what: text("what"),
            who: fields(&line["who"]).collect(),
            rest: fields(line).filter(is_rest).collect(),
        }
    }

    /// Who did it, in words: the operator, else the sender, with the secret and the address.
    #[must_use]
    pub fn actor(&self) -> String {
        let named = |name: &str| {
            let (_, value) = self.who.iter().find(|(found, _)| *found == name)?;
            value.as_str()
        };
        let person = named("operator").or(named("triggered_by")).or(named("program"));
        let parts = [
            person.map(str::to_owned),
            named("signal").map(|signal| format!("signal {signal}")),
            named("secret").map(|id| format!("secret {id}")),
            named("client").map(|address| format!("from {address}")),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// A field of the rest, if it is text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.rest.iter().find(|(found, _)| *found == name).and_then(|(_, value)| value.as_str())
    }
}

fn fields(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    object.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}
