//! `packaging/`: what the Debian package holds is there, and each unit, folder and user that one
//! file names the others have too.

use std::{collections::BTreeSet, fs, path::Path};

use serde::Deserialize as _;
use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(name)).unwrap()
}

fn listed(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(Path::new(ROOT).join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Source, destination and type of what is packed.
fn contents() -> Vec<(String, String, String)> {
    let nfpm = Value::deserialize(serde_yaml::Deserializer::from_str(&read("packaging/nfpm.yaml")))
        .unwrap();
    let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    nfpm["contents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (text(entry, "src"), text(entry, "dst"), text(entry, "type")))
        .collect()
}

#[test]
fn what_is_packed_is_there() {
    for (source, destination, kind) in contents() {
        let in_repository = !source.starts_with("${STAGE}/") && kind != "symlink";
        let path = source.trim_end_matches("/*");
        assert!(
            !in_repository || Path::new(ROOT).join(path).exists(),
            "{destination}: {source} is missing"
        );
    }
}

#[test]
fn every_file_of_settings_is_a_conffile() {
    let conffiles = contents().into_iter().filter(|(.., kind)| kind == "config|noreplace").map(
        |(source, destination, _)| {
            assert_eq!(
                destination,
                format!("/etc/boathook/{}", source.trim_start_matches("config/"))
            );
            source.trim_start_matches("config/").to_owned()
        },
    );
    assert_eq!(conffiles.collect::<BTreeSet<_>>(), listed("config"));
}

#[test]
fn setup_knows_every_unit_and_what_is_enabled_is_disabled_by_the_package() {
    let setup = read("scripts/setup.sh");
    let (_, rest) = setup.split_once("\nunit_names=(").unwrap();
    let named: BTreeSet<_> =
        rest.split_once(')').unwrap().0.split_whitespace().map(str::to_owned).collect();
    assert_eq!(named, listed("packaging/systemd"));

    let removal = read("packaging/debian/prerm");
    for unit in listed("packaging/systemd") {
        let enabled = read(&format!("packaging/systemd/{unit}")).contains("[Install]");
        assert_eq!(removal.contains(&unit), enabled, "{unit}");
    }
}

#[test]
fn the_units_find_their_programs_where_the_package_puts_them() {
    let placed: BTreeSet<_> =
        contents().into_iter().map(|(_, destination, _)| destination).collect();
    let mut started = BTreeSet::new();
    for unit in listed("packaging/systemd") {
        let text = read(&format!("packaging/systemd/{unit}"));
        let programs = text.lines().filter_map(|line| {
            line.strip_prefix("ExecStart=").or(line.strip_prefix("ExecReload="))
        });
        started.extend(
            programs
                .filter_map(|line| line.split(' ').next())
                .filter(|path| path.contains("boathook"))
                .map(str::to_owned),
        );
    }
    assert_eq!(started.len(), 2, "{started:?}");
    assert!(started.is_subset(&placed), "{started:?}");
}
