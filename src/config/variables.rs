//! Settings from the process's variables: `BOATHOOK__SERVER__LISTEN=127.0.0.1:9000` sets
//! `server.listen`.
//!
//! Values are text; `null`, and one that begins with `[` or `{`, is YAML, so that nothing and lists
//! can be set too.

use std::ffi::OsString;

use ::config::{Value, ValueKind};

use boathook_core::deployment::Environments;

use crate::config::{
    ConfigError,
    error::Problem,
    layers::{Tree, lay_over, section_of, yaml},
};

const PREFIX: &str = "BOATHOOK__";
const SEPARATOR: &str = "__";
const NOTHING: &str = "null";

/// Whether a value with this origin came from a variable.
pub(super) fn is_variable(origin: &str) -> bool {
    origin.starts_with(PREFIX)
}

/// The settings among `variables`, as a layer; some may be of one of these environments.
pub(super) fn layer(
    variables: impl IntoIterator<Item = (OsString, OsString)>,
    environments: &Environments,
) -> Result<Tree, ConfigError> {
    let mut settings = variables.into_iter().filter_map(setting).collect::<Result<Vec<_>, _>>()?;
    settings.sort();
    let mut tree = Tree::new();
    for (name, text) in settings {
        let keys = keys(&name, environments)?.into_iter().rev();
        let nested =
            keys.fold(value(&name, text)?, |value, key| section_of(Tree::from([(key, value)])));
        if let ValueKind::Table(layer) = nested.kind {
            lay_over(&mut tree, layer);
        }
    }
    Ok(tree)
}

/// A variable of ours as text; one that is no text is refused without showing it.
fn setting((name, value): (OsString, OsString)) -> Option<Result<(String, String), ConfigError>> {
    let name = name.into_string().ok().filter(|name| is_variable(name))?;
    Some(match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => {
            Err(ConfigError::Syntax { origin: name, message: "it is not UTF-8 text".to_owned() })
        }
    })
}

/// The key path that a variable's name means; all lower case, but for the names of variables given
/// to tools. An environment's name has `_` for its `-`, which is no part of a variable's name.
fn keys(name: &str, environments: &Environments) -> Result<Vec<String>, Problem> {
    let parts: Vec<&str> = name[PREFIX.len()..].split(SEPARATOR).collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Err(Problem::new(
            name,
            "a variable's name",
            format!("parts joined by `{SEPARATOR}` must not be empty"),
        ));
    }
    let mut keys: Vec<String> = parts.iter().map(|part| part.to_lowercase()).collect();
    match keys.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tools", "environment", _] => parts[2].clone_into(&mut keys[2]),
        ["environments", environment, ..] => {
            keys[1] = environments
                .find(&environment.replace('_', "-"))
                .map_err(|unknown| Problem::new(name, "environments", unknown.to_string()))?
                .to_string();
        }
        _ => {}
    }
    Ok(keys)
}

fn value(name: &str, text: String) -> Result<Value, ConfigError> {
    if text != NOTHING && !text.starts_with(['[', '{']) {
        return Ok(Value::new(Some(&name.to_owned()), text));
    }
    let mut tree = yaml(name, &format!("value: {text}"))?;
    tree.remove("value").ok_or_else(|| ConfigError::Syntax {
        origin: name.to_owned(),
        message: "it holds no value".to_owned(),
    })
}
