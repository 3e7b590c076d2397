//! What holds for whatever a stranger may send, a file may say or may have happened.
//! `trials/fuzz.sh` runs these with many cases.

use proptest::{
    collection::{hash_map, vec},
    prelude::{Just, Strategy, any, prop_oneof},
};
use serde_json::Value;

mod config_text;
mod forwarded_for;
mod hiding;
mod image_references;
mod payloads;
mod proofs;
mod rendered_manifests;
mod signature_headers;
mod traffic_tables;

/// Any JSON value, not very deep, with these texts among its texts and keys.
fn json(texts: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let text = move || {
        prop_oneof![
            2 => proptest::sample::select(texts).prop_map(str::to_owned),
            1 => ".{0,12}",
        ]
    };
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            hash_map(text(), inner, 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}
