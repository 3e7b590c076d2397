//! Behaviours as people write them: `good`, `slow:800ms`, `errors:30`.

use std::{collections::BTreeMap, time::Duration};

use boathook_core::{duration_text, health::Serving};

use crate::{Application, Behaviour};

/// A text that names no behaviour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a behaviour; known: {known}",
    known = KNOWN.map(|(usage, _)| usage).join(", "),
)]
pub struct UnknownBehaviour(String);

/// How each behaviour is written, and what the program in the image then does.
const KNOWN: [(&str, &str); 27] = [
    ("good", "starts, and answers 200"),
    ("crash[:EXIT_CODE]", "exits at start, again and again; 0 is a program that has nothing to do"),
    ("crash-first:TIMES[:EXIT_CODE]", "exits at start this many times, then runs"),
    ("ends-after:DURATION[:EXIT_CODE]", "is never ready, and exits after this time"),
    ("crash-after:DURATION", "is ready, and exits each time that it has run for this long"),
    ("memory:MIB", "takes this much memory: killed where its limit is lower"),
    ("lives-for:DURATION", "fails its livenessProbe after this time"),
    ("never-ready", "fails its readinessProbe"),
    ("port:PORT", "listens on this port, whatever the manifest says"),
    ("no-command", "the image does not say what to run"),
    (
        "programs:PATH[:PATH...]",
        "the image has these programs only; any other `command` is not found",
    ),
    ("layer-missing", "a layer cannot be pulled"),
    ("no-room", "the node has no room for it at first"),
    ("slow[:DURATION]", "answers after this time"),
    ("errors[:PERCENT]", "answers 500 to this share of the requests"),
    ("errors-after:DURATION[:PERCENT]", "the same after this time"),
    ("errors-but:/PATH[:PERCENT]", "the same, but never on this path, which a probe may ask"),
    ("silent", "is ready, and answers no request"),
    ("https-only", "redirects (301) a request without `X-Forwarded-Proto: https` to https"),
    ("host:NAME", "answers 400 where neither Host nor X-Forwarded-Host is this name"),
    ("header:NAME=VALUE", "answers 401 to a request without this header"),
    ("paths:/PATH,/PATH", "has these paths only: 404 elsewhere, also for its readinessProbe"),
    ("no-path:/PATH", "answers 404 on this path, also for its readinessProbe"),
    ("bad-path:/PATH", "answers 503 on this path, also for its readinessProbe"),
    ("redirect:URL", "redirects (302) every request to this URL"),
    ("grpc[:SERVICE]", "speaks gRPC only; its health service reports SERVING"),
    ("grpc-not-serving[:SERVICE]", "the same, and reports NOT_SERVING"),
];

/// The behaviours as `boathook-sandbox image --help` lists them.
#[must_use]
pub fn behaviours() -> String {
    let width = KNOWN.iter().map(|(usage, _)| usage.len()).max().unwrap_or_default();
    KNOWN.iter().map(|(usage, meaning)| format!("  {usage:width$}  {meaning}\n")).collect()
}

/// Whether help and error messages name it: a behaviour that they do not name cannot be chosen.
fn is_known(word: &str) -> bool {
    KNOWN.iter().any(|(usage, _)| usage.split([':', '[']).next() == Some(word))
}

/// Reads a behaviour for an image whose answers begin with `version`.
pub fn parse(text: &str, version: &str) -> Result<Behaviour, UnknownBehaviour> {
    let (word, value) =
        text.split_once(':').map_or((text, None), |(word, value)| (word, Some(value)));
    let behaviour = if is_known(word) { behaviour(word, value, version) } else { None };
    behaviour.ok_or_else(|| UnknownBehaviour(text.to_owned()))
}

fn behaviour(word: &str, value: Option<&str>, version: &str) -> Option<Behaviour> {
    Some(match (word, value) {
        ("good", None) => Behaviour::good(version),
        ("crash" | "crash-first" | "crash-after" | "ends-after", _) => {
            ending(word, value, version)?
        }
        ("slow", _) => Behaviour::slow(version, duration(value.unwrap_or("3s"))?),
        ("errors", _) => Behaviour::failing(version, percent(value.unwrap_or("50"))?),
        ("errors-after", Some(value)) => {
            let (well, share) = value.split_once(':').unwrap_or((value, "50"));
            Behaviour::failing_after(version, duration(well)?, percent(share)?)
        }
        ("errors-but", Some(value)) if value.starts_with('/') => {
            let (path, share) = value.split_once(':').unwrap_or((value, "50"));
            Behaviour::failing_but(version, path, percent(share)?)
        }
        ("never-ready", None) => Behaviour::never_ready(version),
        ("layer-missing", None) => Behaviour::layer_missing(version),
        ("no-room", None) => Behaviour::no_room(version),
        ("silent", None) => Behaviour::silent(version),
        ("port", Some(port)) => Behaviour::on_port(version, port.parse().ok()?),
        ("memory", Some(mib)) => {
            let mib: u32 = mib.parse().ok()?;
            Behaviour::needs_memory(version, u64::from(mib) << 20)
        }
        ("lives-for", Some(well)) => Behaviour::lives_for(version, duration(well)?),
        ("no-command", None) => Behaviour::without_command(version),
        ("programs", Some(list)) => {
            Behaviour::with_programs(version, &list.split(':').collect::<Vec<_>>())
        }
        ("no-path", Some(path)) if path.starts_with('/') => Behaviour::without_path(version, path),
        _ => Behaviour::insisting(version, application(word, value)?),
    })
}

/// How a program ends that does not go on running.
fn ending(word: &str, value: Option<&str>, version: &str) -> Option<Behaviour> {
    Some(match (word, value) {
        ("crash", _) => {
            let message = format!("FATAL: cannot read config, version {version}\n");
            Behaviour::crash(version, value.unwrap_or("3").parse().ok()?, &message)
        }
        ("crash-first", Some(value)) => {
            let (times, code) = value.split_once(':').unwrap_or((value, "1"));
            let message = format!("FATAL: cannot reach the database, version {version}");
            Behaviour::crash_at_first(version, times.parse().ok()?, code.parse().ok()?, &message)
        }
        ("crash-after", Some(running)) => Behaviour::crash_after(version, duration(running)?, 1),
        ("ends-after", Some(value)) => {
            let (running, code) = value.split_once(':').unwrap_or((value, "1"));
            let message = format!("{version} has nothing left to do");
            Behaviour::ends_after(version, duration(running)?, code.parse().ok()?, &message)
        }
        _ => return None,
    })
}

/// What an application insists on.
fn application(word: &str, value: Option<&str>) -> Option<Application> {
    let usual = Application::default();
    let text = || value.filter(|value| !value.is_empty()).map(str::to_owned);
    let grpc = |serving| Some(BTreeMap::from([(value.unwrap_or_default().to_owned(), serving)]));
    Some(match word {
        "https-only" if value.is_none() => Application { https_only: true, ..usual },
        "host" => Application { host: Some(text()?), ..usual },
        "header" => {
            let (name, value) = value?.split_once('=')?;
            Application { header: Some((name.to_owned(), value.to_owned())), ..usual }
        }
        "paths" => Application { paths: value?.split(',').map(str::to_owned).collect(), ..usual },
        "bad-path" => Application { bad_paths: vec![text()?], ..usual },
        "redirect" => Application { redirect: Some(text()?), ..usual },
        "grpc" => Application { grpc: grpc(Serving::Serving), ..usual },
        "grpc-not-serving" => Application { grpc: grpc(Serving::NotServing), ..usual },
        _ => return None,
    })
}

fn duration(text: &str) -> Option<Duration> {
    duration_text::parse(text).ok()
}

fn percent(text: &str) -> Option<u8> {
    text.parse().ok().filter(|percent| *percent <= 100)
}
