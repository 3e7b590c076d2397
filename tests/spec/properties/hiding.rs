//! What is taken out of any text.

use base64::{Engine, engine::general_purpose::STANDARD};
use boathook::redact::Redactor;
use boathook_testing::properties::cases;
use proptest::{
    collection::vec,
    prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest},
    sample::select,
};

const PIECES: &str = "password|=|:|\"|\\|\\\"|'| |\n|token|Bearer |Authorization|https://|@|/|eyJ|abcdefgh|ghp_|0123456789abcdef|AKIA|\
    -----BEGIN PRIVATE KEY-----|-----END PRIVATE KEY-----|--|,|{|}|[|]|name|value|null|[redacted]|.|ü|K10|::";

/// Texts with what may stand in and around secrets.
fn text() -> impl Strategy<Value = String> {
    let pieces = select(PIECES.split('|').collect::<Vec<_>>());
    vec(prop_oneof![6 => pieces.prop_map(str::to_owned), 1 => ".{0,6}"], 0..40)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn no_known_secret_is_left_in_any_text(
        before in text(),
        secret in "[!-Z^-~]{8,40}",
        after in text(),
        times in 1..3_usize,
    ) {
        let redactor = Redactor::knowing([&secret]);
        let result = format!("{before}{}{after}", secret.repeat(times));
        let clean = redactor.text(&result).into_owned();
        prop_assert!(!clean.contains(&secret), "{secret} is left in {clean}");
        let encoded = redactor.text(&format!("{before} {}", STANDARD.encode(&secret))).into_owned();
        prop_assert!(
            !encoded.contains(STANDARD.encode(&secret).trim_end_matches('=')),
            "{encoded}",
        );
    }

    #[test]
    fn doing_it_twice_is_the_same_as_once(result in text(), secret in "[a-z0-9]{8,20}") {
        let redactor = Redactor::knowing([&secret]);
        let once = redactor.text(&result).into_owned();
        prop_assert_eq!(redactor.text(&once).into_owned(), once);
    }

    #[test]
    fn it_takes_any_bytes(
        bytes in vec(any::<u8>(), 0..300),
        secrets in vec(vec(any::<u8>(), 0..40), 0..4),
    ) {
        let redactor = Redactor::knowing(&secrets);
        let result = String::from_utf8_lossy(&bytes);
        let words: Vec<String> = result.split(' ').map(str::to_owned).collect();
        prop_assert_eq!(redactor.arguments(&words).len(), words.len());
        let _ = redactor.text(&result);
    }
}
