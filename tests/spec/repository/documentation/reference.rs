//! docs/reference.md lists every command, option, status, event and route.

use std::collections::{BTreeMap, BTreeSet};

use boathook::{
    cli::Arguments,
    server::{OPERATOR, PUBLIC},
};
use boathook_core::record::{Event, Status};
use boathook_testing::pages::{rows, section, spans, text};
use clap::{Command, CommandFactory as _};

/// Options that a sentence above the table names for all commands.
const COMMON: [&str; 3] = ["help", "version", "socket"];

fn page() -> String {
    text("docs/reference.md")
}

/// The commands that do something, with their options.
fn commands(command: &Command, path: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for sub in
        command.get_subcommands().filter(|sub| sub.get_name() != "help" && !sub.is_hide_set())
    {
        let path = format!("{path} {}", sub.get_name());
        all.extend(commands(sub, &path));
        let options =
            sub.get_arguments().filter(|one| !one.is_hide_set()).filter_map(|one| one.get_long());
        let options: BTreeSet<String> =
            options.filter(|one| !COMMON.contains(one)).map(|one| format!("--{one}")).collect();
        if !sub.has_subcommands() || !options.is_empty() {
            all.insert(path, options);
        }
    }
    all
}

#[test]
fn every_command_and_option_is_in_the_reference() {
    let page = page();
    let rows = rows(section(&page, "## Commands"));
    let listed = rows.iter().filter(|row| row[0].starts_with("`boathook"));
    let listed: BTreeMap<String, BTreeSet<String>> = listed
        .map(|row| (row[0].replace('`', ""), spans(&row[1]).map(str::to_owned).collect()))
        .collect();
    assert_eq!(listed, commands(&Arguments::command(), "boathook"));
}

#[test]
fn every_status_is_in_the_reference_in_the_order_in_which_a_deployment_comes_by_them() {
    let page = page();
    let rows = rows(section(&page, "## Statuses"));
    let listed: Vec<&str> = rows.iter().filter_map(|row| spans(&row[0]).next()).collect();
    assert_eq!(listed, Status::ALL.map(Status::name));
}

#[test]
fn every_event_is_in_the_reference() {
    let names: BTreeSet<String> = Event::names().map(str::to_owned).collect();
    let page = page();
    let rows = rows(section(&page, "## A deployment's page and events"));
    let listed: BTreeSet<String> =
        rows.iter().skip(1).flat_map(|row| spans(&row[0])).map(str::to_owned).collect();
    assert_eq!(listed, names);
}

#[test]
fn every_route_for_programs_is_in_the_reference() {
    let page = page();
    let programs =
        OPERATOR.iter().filter(|one| one.path.starts_with("/v1") || one.path == "/metrics");
    let public = PUBLIC.iter().filter(|one| one.path.starts_with("/webhook"));
    let missing: Vec<String> = programs
        .chain(public)
        .flat_map(|one| spelled_out(&format!("{} {}", one.method, one.path)))
        .collect();
    let missing: Vec<String> = missing.into_iter().filter(|route| !page.contains(route)).collect();
    assert!(missing.is_empty(), "docs/reference.md lacks {missing:?}");
}

/// A route with each of the words that a part of its path may be.
fn spelled_out(route: &str) -> Vec<String> {
    let choice = route.split_once('{').and_then(|(start, _)| {
        let (_, words) = route.rsplit_once(':')?;
        let before = &route[..route.rfind('{').unwrap_or(start.len())];
        Some(words.trim_end_matches('}').split('|').map(|word| format!("{before}{word}")).collect())
    });
    choice.unwrap_or_else(|| vec![route.to_owned()])
}
