//! One field of a cron expression: the numbers that it names.

use std::ops::RangeInclusive;

/// What a field may name.
pub(super) struct Field {
    /// What its numbers are, for messages.
    pub name: &'static str,
    pub range: RangeInclusive<u8>,
    /// Words for its numbers, from the lowest.
    pub words: &'static [&'static str],
    /// Whether a range may go on at the lowest number, as weekdays do: `FRI-MON`.
    pub is_circle: bool,
}

/// A set of numbers below 64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers(u64);

impl Numbers {
    pub(super) const fn contains(self, number: u8) -> bool {
        number < 64 && self.0 & (1 << number) != 0
    }

    pub(super) fn iter(self) -> impl Iterator<Item = u8> {
        (0..64).filter(move |number| self.contains(*number))
    }

    pub(super) const fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    const fn with(self, number: u8) -> Self {
        Self(self.0 | 1 << number)
    }
}

impl Field {
    /// Reads a list of `*`, `9`, `9-17` and, with a step, `*/6` and `9-17/2`.
    pub(super) fn parse(&self, text: &str) -> Result<Numbers, String> {
        text.split(',').try_fold(Numbers::default(), |numbers, item| self.add(numbers, item))
    }

    fn add(&self, numbers: Numbers, item: &str) -> Result<Numbers, String> {
        let (span, step) = match item.split_once('/') {
            None => (item, 1),
            Some((span, step)) => (span, self.step(span, step)?),
        };
        let named = self.span(span)?.step_by(step);
        Ok(named.fold(numbers, |numbers, number| numbers.with(self.in_range(number))))
    }

    /// A range that goes on at the lowest number ends above the highest.
    fn span(&self, text: &str) -> Result<RangeInclusive<u8>, String> {
        if text == "*" {
            return Ok(*self.range.start()..=self.last());
        }
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        match (self.number(from)?, self.number(to)?) {
            (from, to) if from <= to => Ok(from..=to),
            (from, to) if self.is_circle => Ok(from..=to + self.last() + 1),
            _ => Err(format!("the {} `{text}` end before they begin", self.name)),
        }
    }

    fn number(&self, text: &str) -> Result<u8, String> {
        let word = self.words.iter().position(|word| word.eq_ignore_ascii_case(text));
        let word = word.and_then(|place| u8::try_from(place).ok());
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = match word {
            Some(place) => Some(self.range.start() + place),
            None => text.parse().ok().filter(|number| digits && self.range.contains(number)),
        };
        let from = self.range.start();
        let to = self.range.end();
        number.ok_or_else(|| format!("`{text}` is not among the {} {from} to {to}", self.name))
    }

    fn step(&self, span: &str, step: &str) -> Result<usize, String> {
        if span != "*" && !span.contains('-') {
            return Err(format!(
                "`{span}/{step}` needs a range before its step, such as `*/{step}`"
            ));
        }
        let number = step.parse().ok().filter(|step| (1..64).contains(step));
        number.ok_or_else(|| format!("`{step}` is no step: it must be a number from 1"))
    }

    /// The last number that is not another name of the first.
    fn last(&self) -> u8 {
        self.range.end() - u8::from(self.is_circle)
    }

    fn in_range(&self, number: u8) -> u8 {
        if self.is_circle { number % (self.last() + 1) } else { number }
    }
}
