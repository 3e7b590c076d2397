//! Durations, patterns and networks as a config writes them.

use std::time::Duration;

use boathook::config::{Network, Pattern};
use boathook_core::duration_text::{parse, show};
use boathook_testing::properties::cases;
use proptest::prelude::{prop_assert, prop_assert_eq, prop_oneof, proptest};

/// What a star means, in the plainest way to say it.
fn matches_plainly(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => matches_plainly(rest, text),
        (Some(('*', rest)), Some((first, later))) => {
            matches_plainly(rest, text) || (*first != '/' && matches_plainly(pattern, later))
        }
        (Some((one, rest)), Some((other, later))) => one == other && matches_plainly(rest, later),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn any_text_is_a_duration_of_at_most_a_year_or_none(text in prop_oneof![
        ".{0,20}",
        "([0-9]{0,22}(ms|s|m|h|d|w|)){0,4}",
    ]) {
        if let Ok(duration) = parse(&text) {
            prop_assert!(duration <= Duration::from_secs(365 * 24 * 60 * 60));
            prop_assert!(text.starts_with(|c: char| c.is_ascii_digit()) && text.ends_with(['s', 'm', 'h', 'd']));
        }
    }

    #[test]
    fn numbers_with_units_are_added(
        h in 0..24_u64,
        m in 0..1000_u64,
        s in 0..1000_u64,
        ms in 0..100_000_u64,
    ) {
        let whole = Duration::from_secs(h * 3600 + m * 60 + s) + Duration::from_millis(ms);
        prop_assert_eq!(parse(&format!("{h}h{m}m{s}s{ms}ms")), Ok(whole));
    }

    #[test]
    fn a_duration_that_is_shown_is_read_again(ms in 0..=365 * 24 * 60 * 60 * 1000_u64) {
        let duration = Duration::from_millis(ms);
        prop_assert_eq!(parse(&show(duration)), Ok(duration));
    }

    #[test]
    fn a_pattern_matches_what_its_stars_say_and_never_across_a_slash(
        pattern in "[ab*/.]{1,10}",
        text in "[ab/.]{0,12}",
    ) {
        let Some(parsed) = Pattern::parse(&pattern) else { return Ok(()) };
        let stars: Vec<char> = pattern.chars().collect();
        let letters: Vec<char> = text.chars().collect();
        let parts_whole = text.split('/').all(|part| !part.is_empty());
        prop_assert_eq!(
            parsed.matches(&text),
            parts_whole && matches_plainly(&stars, &letters),
            "{} {}",
            pattern,
            text,
        );
    }

    #[test]
    fn any_text_is_a_pattern_or_a_network_or_none(
        text in ".{0,40}",
        address: std::net::IpAddr,
        prefix in 0..140_u32,
    ) {
        let _ = Pattern::parse(&text).map(|pattern| pattern.matches(&text));
        let _ = Network::parse(&text).map(|network| network.contains(address));
        if let Some(network) = Network::parse(&format!("{address}/{prefix}")) {
            prop_assert!(network.contains(address) || address.to_canonical() != address);
        }
    }
}
