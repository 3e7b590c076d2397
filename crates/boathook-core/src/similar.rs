//! Which known word a mistyped one means: for field names, configuration keys and the like.

/// The fewest letters that say which word they begin.
const BEGINNING: usize = 4;

/// The known word that a typed one is closest to, if they differ in no more than a third; otherwise
/// the only one that it begins: for hints beside an error.
#[must_use]
pub fn closest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.into_iter().collect();
    within(typed, known.iter().copied(), |length| length / 3).or_else(|| begun(typed, &known))
}

fn begun<'a>(typed: &str, known: &[&'a str]) -> Option<&'a str> {
    let typed: String = letters(typed).collect();
    let mut begun =
        known.iter().filter(|word| letters(word).collect::<String>().starts_with(&typed));
    let first = begun.next().filter(|_| typed.len() >= BEGINNING)?;
    begun.next().is_none().then_some(first)
}

/// The known word that is meant in all likelihood: for refusing what would have been valid as a
/// word of its own.
#[must_use]
pub fn mistyped<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    within(typed, known, |length| length / 8)
}

/// Letter case and separators do not count; one slip is allowed in every word.
fn within<'a>(
    typed: &str,
    known: impl IntoIterator<Item = &'a str>,
    slips: fn(usize) -> usize,
) -> Option<&'a str> {
    let typed: String = letters(typed).collect();
    let length = typed.chars().count();
    let distance = |word| {
        let of_word = letters(word).count();
        let allowed = slips(of_word).max(1);
        // A word that is longer or shorter by more is at least as far away.
        let distance = (length.abs_diff(of_word) <= allowed)
            .then(|| strsim::osa_distance(&typed, &letters(word).collect::<String>()))?;
        (distance <= allowed).then_some((distance, word))
    };
    known
        .into_iter()
        .filter_map(distance)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

fn letters(word: &str) -> impl Iterator<Item = char> {
    let letters = word.chars().filter(|c| !matches!(c, '_' | '-' | '.' | ' '));
    letters.flat_map(char::to_lowercase)
}
