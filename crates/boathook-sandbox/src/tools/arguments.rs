//! Argument lists, taken apart as kubectl and crictl do it: flags anywhere, `--flag value` or
//! `--flag=value`, `--` before plain words.

use std::collections::BTreeMap;

use crate::tools::flags::Flag;

/// An argument list, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments {
    /// The positional arguments in order, without the verb.
    pub words: Vec<String>,
    flags: BTreeMap<&'static str, String>,
}

impl Arguments {
    /// Takes a list apart. The error is the program's own first line.
    pub(super) fn parse(list: &[String], known: &[&[Flag]]) -> Result<Self, String> {
        let mut parsed = Self::default();
        let mut rest = list.iter();
        while let Some(argument) = rest.next() {
            if argument == "--" {
                parsed.words.extend(rest.by_ref().cloned());
            } else if let Some(long) = argument.strip_prefix("--") {
                let (name, value) = long
                    .split_once('=')
                    .map_or((long, None), |(name, value)| (name, Some(value.to_owned())));
                let flag = find(known, |flag| flag.long == name)
                    .ok_or_else(|| format!("unknown flag: --{name}"))?;
                let value =
                    value.map_or_else(|| next_value(flag, &format!("--{name}"), &mut rest), Ok)?;
                parsed.flags.insert(flag.long, value);
            } else if let Some(short) = argument.strip_prefix('-').filter(|short| !short.is_empty())
            {
                let letter = short.chars().next();
                let flag = find(known, |flag| flag.letter == letter).ok_or_else(|| {
                    format!("unknown shorthand flag: '{}' in -{short}", letter.unwrap_or_default())
                })?;
                let glued = short[1..].trim_start_matches('=');
                let value = if glued.is_empty() {
                    next_value(flag, argument, &mut rest)?
                } else {
                    glued.to_owned()
                };
                parsed.flags.insert(flag.long, value);
            } else {
                parsed.words.push(argument.clone());
            }
        }
        Ok(parsed)
    }

    /// The value of a flag.
    pub(super) fn flag(&self, long: &str) -> Option<&str> {
        self.flags.get(long).map(String::as_str)
    }

    /// Gives a flag another value.
    pub(super) fn set(&mut self, long: &'static str, value: &str) {
        self.flags.insert(long, value.to_owned());
    }

    /// Whether a switch is on.
    pub(super) fn is_on(&self, long: &str) -> bool {
        self.flag(long).is_some_and(|value| value != "false")
    }

    pub(super) fn word(&self, at: usize) -> Option<&str> {
        self.words.get(at).map(String::as_str)
    }
}

fn find<'a>(known: &[&'a [Flag]], is_it: impl Fn(&Flag) -> bool) -> Option<&'a Flag> {
    known.iter().flat_map(|table| table.iter()).find(|flag| is_it(flag))
}

fn next_value<'a>(
    flag: &Flag,
    shown: &str,
    rest: &mut impl Iterator<Item = &'a String>,
) -> Result<String, String> {
    if !flag.takes_value {
        return Ok("true".to_owned());
    }
    rest.next().cloned().ok_or_else(|| format!("flag needs an argument: {shown}"))
}

/// Splits a list into the verb and the rest: the first word that is neither a flag nor the value of
/// one.
pub(super) fn split_verb(list: &[String], global: &[Flag]) -> Option<(String, Vec<String>)> {
    let mut at = 0;
    while let Some(argument) = list.get(at) {
        if !argument.starts_with('-') {
            let rest = list[..at].iter().chain(&list[at + 1..]).cloned().collect();
            return Some((argument.clone(), rest));
        }
        let name = argument.trim_start_matches('-');
        let takes_value = global.iter().any(|flag| {
            let named = if argument.starts_with("--") {
                flag.long == name
            } else {
                flag.letter.is_some_and(|letter| name == letter.to_string())
            };
            named && flag.takes_value
        });
        at += if takes_value { 2 } else { 1 };
    }
    None
}
