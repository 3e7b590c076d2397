//! Which flags each verb takes.

/// A flag: its long name, its letter, and whether a value follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flag {
    pub long: &'static str,
    pub letter: Option<char>,
    pub takes_value: bool,
}

const fn value(long: &'static str, letter: Option<char>) -> Flag {
    Flag { long, letter, takes_value: true }
}

const fn switch(long: &'static str, letter: Option<char>) -> Flag {
    Flag { long, letter, takes_value: false }
}

const OUTPUT: Flag = value("output", Some('o'));
const MANAGER: Flag = value("field-manager", None);
/// Takes its value behind `=` only.
const DRY_RUN: Flag = switch("dry-run", None);

/// Flags that every kubectl verb takes.
pub(super) const KUBECTL: &[Flag] = &[
    value("kubeconfig", None),
    value("context", None),
    value("cache-dir", None),
    value("namespace", Some('n')),
    value("request-timeout", None),
    value("vmodule", None),
];

const GET: &[Flag] = &[
    OUTPUT,
    value("selector", Some('l')),
    value("field-selector", None),
    switch("all-namespaces", Some('A')),
    switch("ignore-not-found", None),
    switch("output-watch-events", None),
    switch("watch", Some('w')),
];

const APPLY: &[Flag] = &[value("filename", Some('f')), MANAGER, DRY_RUN];

const CREATE: &[Flag] =
    &[OUTPUT, value("filename", Some('f')), value("validate", None), MANAGER, DRY_RUN];

const DIFF: &[Flag] = &[value("filename", Some('f')), MANAGER];

const PATCH: &[Flag] = &[OUTPUT, value("patch", Some('p')), value("type", None), MANAGER, DRY_RUN];

const DELETE: &[Flag] = &[
    DRY_RUN,
    switch("cascade", None),
    switch("ignore-not-found", None),
    switch("wait", None),
    value("raw", None),
    value("filename", Some('f')),
];

const LOGS: &[Flag] = &[
    value("container", Some('c')),
    value("limit-bytes", None),
    value("max-log-requests", None),
    value("selector", Some('l')),
    value("tail", None),
    switch("follow", Some('f')),
    switch("prefix", None),
    switch("previous", Some('p')),
];

const AUTH: &[Flag] = &[value("subresource", None), switch("quiet", Some('q'))];

const CONFIG: &[Flag] = &[OUTPUT, switch("minify", None)];

const VERSION: &[Flag] = &[OUTPUT, switch("client", None)];

/// Flags that every crictl verb takes.
pub(super) const CRICTL: &[Flag] = &[
    value("config", Some('c')),
    value("image-endpoint", Some('i')),
    value("runtime-endpoint", Some('r')),
    value("timeout", Some('t')),
];

/// The flags of `crictl pull`.
pub(super) const CRICTL_PULL: &[Flag] = &[value("pull-timeout", None), switch("help", Some('h'))];

/// The flags of `crictl inspecti`.
pub(super) const CRICTL_INSPECT: &[Flag] = &[OUTPUT];

/// The flags of a kubectl verb; `None` if there is no such verb.
pub(super) fn of_kubectl(verb: &str) -> Option<&'static [Flag]> {
    match verb {
        "get" => Some(GET),
        "apply" => Some(APPLY),
        "create" => Some(CREATE),
        "patch" => Some(PATCH),
        "diff" => Some(DIFF),
        "delete" => Some(DELETE),
        "logs" => Some(LOGS),
        "auth" => Some(AUTH),
        "config" => Some(CONFIG),
        "version" => Some(VERSION),
        _ => None,
    }
}
