//! The signature headers.

use base64::{Engine, engine::general_purpose::STANDARD};
use boathook::intake::{Keyring, Offered};
use boathook_core::deployment::{Environment, sign};
use boathook_testing::shipped::Shipped as _;
use boathook_testing::{delivery::DEVELOPMENT, harness::signing, properties::cases};
use jiff::Timestamp;
use proptest::{
    array::uniform3,
    collection::vec,
    prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest},
    sample::Index,
};

fn keyring() -> Keyring {
    Keyring::new(vec![signing(Environment::DEVELOPMENT, "development-1", DEVELOPMENT)])
}

/// A header's value: any bytes, or something like a signature.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let likely = "(sha256=|sha1=|SHA256=|sha256:|)([0-9a-fA-F]{0,66}|[A-Za-z0-9+/]{40,44}={0,2})";
    prop_oneof![vec(any::<u8>(), 0..100), likely.prop_map(String::into_bytes)]
}

fn slices(values: &[Vec<u8>]) -> Vec<&[u8]> {
    values.iter().map(Vec::as_slice).collect()
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn nothing_but_the_right_signature_is_taken(
        documented in vec(value(), 0..3),
        hub in vec(value(), 0..3),
        forges in uniform3(vec(value(), 0..2)),
        body in vec(any::<u8>(), 0..64),
    ) {
        let offered = Offered {
            documented: slices(&documented),
            hub: slices(&hub),
            forges: forges.each_ref().map(|values| slices(values)),
            authorization: Vec::new(),
        };
        prop_assert!(keyring().verify(&offered, &body, Timestamp::UNIX_EPOCH).is_err());
    }

    #[test]
    fn a_signature_with_one_byte_changed_added_or_lost_is_another(
        body in vec(any::<u8>(), 0..64),
        at: Index,
        byte: u8,
        edit in 0..3_u8,
        base64: bool,
    ) {
        let hex = sign(DEVELOPMENT, &body);
        let mac = hex::decode(&hex["sha256=".len()..]).unwrap();
        let good = if base64 { format!("sha256={}", STANDARD.encode(&mac)) } else { hex.clone() };
        let mut bytes = good.into_bytes();
        let at = at.index(bytes.len());
        match edit {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            _ => drop(bytes.remove(at)),
        }
        let same = bytes.eq_ignore_ascii_case(hex.as_bytes()) && bytes.starts_with(b"sha256=") || bytes == format!(
            "sha256={}",
            STANDARD.encode(&mac),
        ).as_bytes();
        let offered = Offered { documented: vec![&bytes], ..Offered::default() };
        prop_assert_eq!(
            keyring().verify(&offered, &body, Timestamp::UNIX_EPOCH).is_ok(),
            same,
            "{}",
            String::from_utf8_lossy(&bytes),
        );
    }
}
