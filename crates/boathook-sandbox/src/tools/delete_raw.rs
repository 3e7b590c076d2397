//! `kubectl delete --raw PATH -f OPTIONS`: the request as it is written, with its preconditions.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{
    Caller, Cluster,
    api_server::target::Target,
    tools::{arguments::Arguments, output::Output, refusal},
};

/// Deletes the object at the path.
pub(super) fn run(
    cluster: &Cluster,
    caller: &Caller,
    arguments: &Arguments,
    directory: Option<&Path>,
) -> Output {
    let path = arguments.flag("raw").unwrap_or_default();
    let Some(target) = Target::parse(path.trim_start_matches('/')) else {
        return Output::failed(
            "Error from server (NotFound): the server could not find the requested resource",
        );
    };
    let Target { kind, namespace, name: Some(name), .. } = target else {
        return Output::failed(
            "Error from server (MethodNotAllowed): the server does not allow this method on the requested resource",
        );
    };
    let options = match options(arguments.flag("filename"), directory) {
        Ok(options) => options,
        Err(error) => return Output::failed(format!("error: {error}")),
    };
    let deleted = match options.get("preconditions") {
        Some(conditions) => cluster.delete_if(caller, kind, namespace, name, conditions),
        None => cluster.delete(caller, kind, namespace, name),
    };
    match deleted {
        Ok(_) => {
            let done =
                json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"});
            Output::printed(done.to_string())
        }
        Err(status) => refusal::print(&status),
    }
}

fn options(file: Option<&str>, directory: Option<&Path>) -> Result<Value, String> {
    let Some(file) = file else { return Ok(Value::Null) };
    let path = directory.map_or_else(|| file.into(), |directory| directory.join(file));
    let bytes = fs::read(&path).map_err(|error| format!("open {file}: {error}"))?;
    serde_json::from_slice(&bytes).map_err(|error| error.to_string())
}
