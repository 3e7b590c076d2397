//! Image references.

use boathook_core::deployment::ImageRef;
use boathook_testing::properties::cases;
use proptest::{
    collection::vec,
    prelude::{Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest},
    sample::select,
};

fn text() -> impl Strategy<Value = String> {
    let pieces = vec![
        "registry.example",
        "localhost",
        ":5000",
        "/",
        "game",
        "acme",
        ":",
        "v1",
        "@",
        "sha256:",
        "..",
        "-",
        "_",
        "A",
        "//",
        " ",
        "'",
        "$(x)",
        "ü",
        "\0",
    ];
    let digest = "@sha256:[0-9a-f]{64}";
    prop_oneof![
        ".{0,40}",
        vec(select(pieces), 0..10).prop_map(|pieces| pieces.concat()),
        (("[a-z0-9./:_-]{1,30}"), digest).prop_map(|(name, digest)| name + &digest)
    ]
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn an_image_is_written_as_it_was_read_and_is_no_flag_and_nothing_for_a_shell(text in text()) {
        match ImageRef::parse(&text) {
            Err(refused) => prop_assert!(!refused.to_string().contains('\0')),
            Ok(image) => {
                prop_assert_eq!(image.to_string(), text.as_str());
                prop_assert!(!text.starts_with('-'));
                prop_assert!(
                    text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/:@".contains(&b)),
                    "{}",
                    text,
                );
                if let Some(digest) = image.digest() {
                    let pinned = image.pinned(digest);
                    prop_assert_eq!(ImageRef::parse(&pinned.to_string()).unwrap(), pinned);
                }
            }
        }
    }
}
