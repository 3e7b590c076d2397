//! `kubectl logs`: of one pod, or of all that a selector names.

use serde_json::Value;

use crate::{
    Caller, Cluster, Kind, Selector, Status,
    tools::{arguments::Arguments, output::Output, refusal},
};

/// The logs that are read, each with what was printed of it.
pub(super) struct Logs {
    namespace: String,
    previous: bool,
    tail: Option<usize>,
    /// Bytes of each log, from the first printed line on.
    limit: Option<usize>,
    of: Vec<Log>,
}

struct Log {
    pod: String,
    container: String,
    /// What precedes each line.
    prefix: String,
    /// The log as last read.
    read: Option<String>,
}

/// Prints each log once.
pub(super) fn run(cluster: &Cluster, caller: &Caller, arguments: &Arguments) -> Output {
    let printed = begin(cluster, caller, arguments).and_then(|mut logs| {
        if logs.of.is_empty() {
            let nothing = format!("No resources found in {} namespace.\n", logs.namespace);
            return Ok(Output { stderr: nothing, ..Output::default() });
        }
        logs.more(cluster, caller).map(Output::printed).map_err(|status| refusal::print(&status))
    });
    printed.unwrap_or_else(|refused| refused)
}

/// Which logs are meant.
pub(super) fn begin(
    cluster: &Cluster,
    caller: &Caller,
    arguments: &Arguments,
) -> Result<Logs, Output> {
    let namespace = arguments.flag("namespace").unwrap_or("default").to_owned();
    let refuse = |status: Status| refusal::print(&status);
    let pods = match (arguments.word(0), arguments.flag("selector")) {
        (Some(pod), _) => {
            let name = pod.trim_start_matches("pod/");
            vec![cluster.get(caller, Kind::Pod, Some(&namespace), name).map_err(refuse)?]
        }
        (None, Some(selector)) => {
            let selector = Selector::labels(selector).map_err(refuse)?;
            let list = cluster.list(caller, Kind::Pod, Some(&namespace), &selector);
            list.map_err(refuse)?["items"].as_array().cloned().unwrap_or_default()
        }
        (None, None) => {
            return Err(Output::failed(
                "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.",
            ));
        }
    };
    Ok(Logs {
        namespace,
        previous: arguments.is_on("previous"),
        tail: arguments.flag("tail").and_then(|lines| lines.parse().ok()),
        limit: arguments.flag("limit-bytes").and_then(|bytes| bytes.parse().ok()),
        of: pods.iter().map(|pod| Log::of(pod, arguments)).collect(),
    })
}

impl Logs {
    /// What was not printed yet. A log whose container has ended is not read on.
    pub(super) fn more(&mut self, cluster: &Cluster, caller: &Caller) -> Result<String, Status> {
        let mut printed = String::new();
        let mut left = Vec::new();
        for mut log in self.of.drain(..) {
            let read =
                cluster.logs(caller, &self.namespace, &log.pod, &log.container, self.previous);
            let (new, text) = match (read, &log.read) {
                (Err(status), None) => return Err(status),
                (Ok(text), None) => (within(tail(&text, self.tail), self.limit), text),
                (Ok(text), Some(before)) => match text.strip_prefix(before.as_str()) {
                    Some(new) => (new.to_owned(), text),
                    None => continue,
                },
                (Err(_), Some(_)) => continue,
            };
            printed.extend(new.split_inclusive('\n').map(|line| format!("{}{line}", log.prefix)));
            log.read = Some(text);
            left.push(log);
        }
        self.of = left;
        Ok(printed)
    }

    /// Whether there is a log that may go on.
    pub(super) fn go_on(&self) -> bool {
        !self.of.is_empty()
    }
}

impl Log {
    /// Without a name, the first container is meant.
    fn of(pod: &Value, arguments: &Arguments) -> Self {
        let name = |object: &Value| object["name"].as_str().unwrap_or_default().to_owned();
        let first = || name(&pod["spec"]["containers"][0]);
        let container = arguments.flag("container").map_or_else(first, str::to_owned);
        let pod = name(&pod["metadata"]);
        let prefix = if arguments.is_on("prefix") {
            format!("[pod/{pod}/{container}] ")
        } else {
            String::new()
        };
        Self { pod, container, prefix, read: None }
    }
}

fn within(mut text: String, bytes: Option<usize>) -> String {
    text.truncate(text.floor_char_boundary(bytes.unwrap_or(text.len())));
    text
}

fn tail(text: &str, lines: Option<usize>) -> String {
    let all: Vec<_> = text.split_inclusive('\n').collect();
    all[all.len().saturating_sub(lines.unwrap_or(all.len()))..].concat()
}
