//! Reads rules from records. Records of older builds have `path` with one path or `paths` with a
//! list, headers as a list, and the gRPC service as text.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value, json};

use crate::{health::Rules, source::Source};

/// Reads rules as this or an older build recorded them.
pub fn recorded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rules, D::Error> {
    let mut fields = Map::<String, Value>::deserialize(deserializer)?;
    if let Some(paths) = fields.remove("paths") {
        let is_empty = paths.as_array().is_some_and(Vec::is_empty);
        fields.insert("path".to_owned(), if is_empty { Value::Null } else { paths });
    }
    if let Some(grpc) = fields.get_mut("grpc").filter(|grpc| grpc.is_string()) {
        *grpc = json!({"service": grpc.take()});
    }
    if let Some(Value::Array(list)) = fields.get_mut("headers") {
        let section = std::mem::take(list).into_iter().filter_map(header).collect();
        fields.insert("headers".to_owned(), Value::Object(section));
    }
    Rules::deserialize(Value::Object(fields)).map_err(D::Error::custom)
}

fn header(mut header: Value) -> Option<(String, Value)> {
    let name = header["name"].as_str()?.to_owned();
    let value = match header["secret_of"].as_str() {
        Some(place) => json!(Source::of_place(place)),
        None => header["value"].take(),
    };
    Some((name, value))
}
