//! A Secret as the API server keeps it: `stringData` can be written and is never read.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// Moves what is written in the clear to the encoded entries, over those of the same name. An entry
/// that `stringData` no longer has stays in `data`, as on a real server.
pub(super) fn complete(secret: &mut Value) {
    let Some(object) = secret.as_object_mut() else { return };
    if let Some(Value::Object(texts)) = object.remove("stringData") {
        let data = object.entry("data").or_insert_with(|| json!({}));
        for (key, text) in texts {
            data[&key] = json!(BASE64_STANDARD.encode(text.as_str().unwrap_or_default()));
        }
    }
    object.entry("type").or_insert_with(|| json!("Opaque"));
}
