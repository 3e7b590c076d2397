//! `Dockerfile`: it copies what the build needs, names commands that exist, and agrees with
//! `manifests/webhook-system`. What Alpine's packages bring is not looked at here.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use boathook::{
    cli::{Arguments, Command},
    config::Config,
};
use clap::Parser as _;
use serde::Deserialize as _;
use serde_json::Value;

use crate::support::listening::shell;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The instructions, with continued lines joined.
fn instructions() -> Vec<(String, String)> {
    let text = fs::read_to_string(Path::new(ROOT).join("Dockerfile")).unwrap().replace("\\\n", " ");
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, rest)| (name.to_owned(), rest.trim().to_owned()))
        .collect()
}

/// What stands behind an instruction, each time.
fn all(name: &str) -> Vec<String> {
    instructions().into_iter().filter(|(found, _)| found == name).map(|(_, rest)| rest).collect()
}

fn one(name: &str) -> String {
    let found = all(name);
    let [one] = &found[..] else { panic!("not exactly one {name}: {found:?}") };
    one.clone()
}

/// A command in its JSON form.
fn words(text: &str) -> Vec<String> {
    serde_json::from_str(text)
        .unwrap_or_else(|error| panic!("{text} runs a shell, or is no list ({error})"))
}

/// What is copied out of the checkout.
fn sources() -> Vec<String> {
    let copied = all("COPY").into_iter().filter(|rest| !rest.starts_with("--from"));
    copied
        .flat_map(|rest| {
            rest.split_whitespace().rev().skip(1).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

/// Copies a file or a folder.
fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::copy(from, to).unwrap();
        return;
    }
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

#[test]
fn what_is_copied_is_there_and_not_ignored() {
    let ignored = fs::read_to_string(Path::new(ROOT).join(".dockerignore")).unwrap();
    for source in sources() {
        assert!(Path::new(ROOT).join(&source).exists(), "{source} is missing");
        assert!(
            ignored.lines().all(|line| line != source && !line.contains(['*', '!'])),
            "{source} is ignored"
        );
    }
}

#[tokio::test]
async fn cargo_takes_what_is_copied_for_the_whole_package() {
    let folder = tempfile::tempdir().unwrap();
    for source in sources() {
        copy(&Path::new(ROOT).join(&source), &folder.path().join(&source));
    }
    // cargo looks for the file of every target that Cargo.toml names, benches and tests too, before
    // it misses the one asked for.
    let cargo = env!("CARGO");
    let path = std::env::var("PATH").unwrap();
    let home = std::env::var("HOME").unwrap();
    let asked =
        format!("cd {} && {cargo} build --locked --offline --bin none", folder.path().display());
    let asked = shell(&asked, &[("PATH", &path), ("HOME", &home)]).await;
    assert!(asked.stderr.starts_with("error: no bin target named `none`"), "{}", asked.stderr);
}

#[test]
fn what_the_program_includes_is_copied() {
    let mut folders = vec![PathBuf::from("src"), PathBuf::from("crates")];
    let mut included = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(Path::new(ROOT).join(&folder)).unwrap() {
            let path = folder.join(entry.unwrap().file_name());
            if Path::new(ROOT).join(&path).is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(text) = fs::read_to_string(Path::new(ROOT).join(&path)) else { continue };
            for name in text
                .split("include_str!(\"")
                .chain(text.split("include_bytes!(\""))
                .filter_map(|rest| rest.split_once("\")"))
            {
                let Some(file) = within(&folder, name.0) else { continue };
                included += 1;
                assert!(
                    sources().iter().any(|source| file.starts_with(source)),
                    "{} includes {}",
                    path.display(),
                    file.display()
                );
            }
        }
    }
    assert!(included >= 5, "only {included} files are included");
}

/// The path that this one is, seen from a folder; none where it is no path of a file that is there.
fn within(folder: &Path, name: &str) -> Option<PathBuf> {
    let mut path = folder.to_owned();
    for part in Path::new(name).components() {
        match part {
            Component::ParentDir => drop(path.pop()),
            part => path.push(part),
        }
    }
    Path::new(ROOT).join(&path).is_file().then_some(path)
}

#[test]
fn the_commands_exist() {
    let entry = words(&one("ENTRYPOINT"));
    let started =
        Arguments::try_parse_from(entry.iter().chain(&words(&one("CMD")))).unwrap().command;
    assert!(matches!(started, Command::Serve(_)), "{started:?}");
    let health = one("HEALTHCHECK");
    let (_, health) = health.split_once("CMD ").unwrap();
    assert!(
        matches!(Arguments::try_parse_from(words(health)).unwrap().command, Command::Health(_)),
        "{health}"
    );
}

#[test]
fn the_image_is_what_the_manifests_expect() {
    let manifest =
        fs::read_to_string(Path::new(ROOT).join("manifests/webhook-system/40-deployment.yaml"))
            .unwrap();
    let deployment = Value::deserialize(serde_yaml::Deserializer::from_str(&manifest)).unwrap();
    let pod = &deployment["spec"]["template"]["spec"];
    let security = &pod["securityContext"];
    let container = &pod["containers"][0];
    assert_eq!(one("USER"), format!("{}:{}", security["runAsUser"], security["runAsGroup"]));
    assert_eq!(one("EXPOSE"), container["ports"][0]["containerPort"].to_string());
    assert_eq!(
        one("EXPOSE"),
        Config::load(&Path::new(ROOT).join("config"), [])
            .unwrap()
            .server
            .listen
            .unwrap()
            .port()
            .to_string()
    );
    let arguments: Vec<_> =
        container["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    assert_eq!(words(&one("CMD")), arguments);
    assert!(
        container["image"].as_str().unwrap().ends_with(&format!(":{}", env!("CARGO_PKG_VERSION"))),
        "{}",
        container["image"]
    );
    assert!(
        all("ARG").contains(&format!("RUST={}", env!("CARGO_PKG_RUST_VERSION"))),
        "the oldest Rust that builds it"
    );
}
