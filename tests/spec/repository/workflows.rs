//! The workflows of GitHub Actions that come with boathook: what they do when their own steps are
//! run.

use std::fs;

use boathook_testing::workflows::load;
use serde_yaml::Value;

const WORKFLOWS: [&str; 3] = ["deploy-dev.yml", "deploy-staging.yml", "deploy-prod.yml"];

/// The names of all workflows.
fn names() -> Vec<String> {
    let workflows =
        fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.github/workflows")).unwrap();
    let names = workflows
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect::<Vec<_>>();
    assert!(
        WORKFLOWS.iter().all(|workflow| names.iter().any(|name| name == workflow)),
        "{names:?}"
    );
    names
}

/// Every step of every workflow.
fn steps() -> Vec<(String, Value)> {
    let of_jobs = |name: &String| {
        let workflow = load(&format!(".github/workflows/{name}"));
        let jobs = workflow["jobs"].as_mapping().unwrap().values();
        // A job may be another workflow, which has no steps here.
        jobs.flat_map(|job| {
            job["steps"].as_sequence().cloned().unwrap_or_else(|| vec![job.clone()])
        })
        .collect::<Vec<_>>()
    };
    names()
        .iter()
        .flat_map(|name| of_jobs(name).into_iter().map(|step| (name.clone(), step)))
        .collect()
}

fn text(path: &str) -> String {
    fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn every_part_of_the_check_script_is_a_job_of_the_checks() {
    let script = text(".ci/run");
    let parts =
        script.lines().find_map(|line| line.strip_prefix("parts=(")?.strip_suffix(')')).unwrap();
    let scripts = steps()
        .into_iter()
        .filter(|(name, _)| name == "ci.yml")
        .filter_map(|(_, step)| Some(step["run"].as_str()?.to_owned()));
    let run = scripts
        .filter_map(|script| Some(script.strip_prefix(".ci/run ")?.to_owned()))
        .collect::<Vec<_>>()
        .join(" ");
    let [mut parts, mut run] =
        [parts, &run].map(|words| words.split_whitespace().collect::<Vec<_>>());
    parts.sort_unstable();
    run.sort_unstable();
    assert!(parts.len() > 5, "{parts:?}");
    assert_eq!(parts, run);
}

#[test]
fn a_nightly_trial_that_wants_a_cluster_starts_a_simulated_one() {
    let workflow = load(".github/workflows/nightly.yml");
    let trials = workflow["jobs"]["trial"]["strategy"]["matrix"]["include"].as_sequence().unwrap();
    let commands =
        trials.iter().map(|trial| trial["command"].as_str().unwrap()).collect::<Vec<_>>();
    let want_a_cluster =
        |command: &&str| text(command.split(' ').next().unwrap()).contains("cluster-setup.sh");
    let with_a_cluster = commands.into_iter().filter(want_a_cluster).collect::<Vec<_>>();
    assert!(with_a_cluster.len() > 4, "{with_a_cluster:?}");
    for command in with_a_cluster {
        assert!(command.contains(" --sandbox"), "{command}");
    }
}

#[test]
fn the_samples_say_that_they_are_samples() {
    for name in WORKFLOWS {
        let first = text(&format!(".github/workflows/{name}"));
        assert!(first.starts_with("# A sample for an application's repository"), "{name}: {first}");
    }
}

#[test]
fn no_workflow_has_permissions_of_its_own_or_keeps_its_token_on_the_disk() {
    for name in names() {
        let workflow = load(&format!(".github/workflows/{name}"));
        assert_eq!(workflow["permissions"], Value::Mapping(serde_yaml::Mapping::new()), "{name}");
        for (job, of_job) in workflow["jobs"].as_mapping().unwrap() {
            assert!(of_job["permissions"].is_mapping(), "{name}: {job:?} names no permissions");
        }
    }
    for (name, step) in steps() {
        if step["uses"].as_str().is_some_and(|action| action.starts_with("actions/checkout@")) {
            assert_eq!(step["with"]["persist-credentials"], Value::Bool(false), "{name}: {step:?}");
        }
    }
}

#[test]
fn no_script_of_a_workflow_holds_an_expression_so_nobody_can_write_into_it() {
    let scripts = steps()
        .into_iter()
        .filter_map(|(name, step)| Some((name, step["run"].as_str()?.to_owned())))
        .collect::<Vec<_>>();
    assert!(scripts.len() > 4, "{scripts:?}");
    for (name, script) in scripts {
        assert!(!script.contains("${{"), "{name}: {script}");
    }
}

#[test]
fn every_action_of_others_is_pinned_to_a_commit() {
    let used = steps()
        .into_iter()
        .filter_map(|(name, step)| Some((name, step["uses"].as_str()?.to_owned())))
        .collect::<Vec<_>>();
    assert!(used.len() > 4, "{used:?}");
    for (name, action) in used.into_iter().filter(|(_, action)| !action.starts_with("./")) {
        let commit = action.split_once('@').unwrap().1;
        assert!(
            commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()),
            "{name}: {action}"
        );
    }
}

#[test]
fn a_workflow_has_no_more_permissions_than_it_needs_and_deploys_one_at_a_time() {
    for (name, more) in [
        ("deploy-dev.yml", &["contents: read", "packages: write"][..]),
        ("deploy-staging.yml", &["contents: read"]),
        ("deploy-prod.yml", &["contents: read"]),
    ] {
        let workflow = load(&format!(".github/workflows/{name}"));
        assert_eq!(workflow["permissions"], Value::Mapping(serde_yaml::Mapping::new()), "{name}");
        assert_eq!(
            serde_yaml::to_string(&workflow["jobs"]["deploy"]["permissions"])
                .unwrap()
                .lines()
                .collect::<Vec<_>>(),
            more,
            "{name}"
        );
        assert_eq!(workflow["concurrency"]["cancel-in-progress"], Value::Bool(false), "{name}");
    }
}
