//! docs/configure.md lists every key of config/default.yaml with its default, and no other.

use boathook_testing::pages::{rows, section, spans, text};
use serde_yaml::Value;

/// Every key that has a value of its own, with its value, in the order of the file.
fn leaves(value: &Value, path: &str) -> Vec<(String, String)> {
    match value {
        Value::Mapping(map) if !map.is_empty() => map
            .iter()
            .flat_map(|(key, value)| {
                let key = key.as_str().unwrap();
                leaves(
                    value,
                    &if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") },
                )
            })
            .collect(),
        _ => vec![(path.to_owned(), shown(value))],
    }
}

/// A value on one line, as the documentation writes it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Sequence(items) => {
            format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", "))
        }
        Value::Mapping(map) => {
            let entries =
                map.iter().map(|(key, value)| format!("{}: {}", shown(key), shown(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Tagged(tagged) => shown(&tagged.value),
    }
}

/// The keys and defaults of a table in docs/configure.md.
fn documented(heading: &str) -> Vec<(String, String)> {
    let page = text("docs/configure.md");
    let rows = rows(section(&page, heading));
    let listed = rows.iter().filter(|row| row[0].starts_with('`'));
    listed
        .map(|row| {
            (spans(&row[0]).next().unwrap().to_owned(), spans(&row[1]).next().unwrap().to_owned())
        })
        .collect()
}

#[test]
fn every_key_and_default_of_the_shipped_configuration_is_documented_and_no_other() {
    let Value::Mapping(mut config) = serde_yaml::from_str(&text("config/default.yaml")).unwrap()
    else {
        panic!("no mapping")
    };
    let defaults = config.remove("defaults").unwrap();
    assert_eq!(documented("### The whole program"), leaves(&Value::Mapping(config), ""));
    assert_eq!(documented("### Each environment"), leaves(&defaults, ""));
}
