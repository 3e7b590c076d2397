//! What is wrong with a configuration, all of it at once, as `boathook check` reports it.

use std::fs;

use boathook::config::Config;

#[test]
fn the_first_problem_is_the_one_that_a_start_names() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("default.yaml"),
        "replay: {windw: 5m}\nstate: {keep_days: 0}\nscheduler: {queued: 0}",
    )
    .unwrap();
    let examined = Config::examine(directory.path(), []);
    assert_eq!(examined.problems.len(), 3, "{:?}", examined.problems);
    assert_eq!(
        Config::load(directory.path(), []).unwrap_err().to_string(),
        examined.problems[0].to_string()
    );
    assert!(examined.config.is_some());
}

#[test]
fn a_file_that_is_no_yaml_is_one_problem_and_so_is_what_is_wrong_for_every_environment() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["development", "staging", "production"] {
        fs::write(directory.path().join(format!("{name}.yaml")), "{}").unwrap();
    }
    fs::write(directory.path().join("default.yaml"), "server: [").unwrap();
    let examined = Config::examine(directory.path(), []);
    assert_eq!(
        (examined.problems.len(), examined.config.unwrap().environments.len()),
        (1, 3),
        "{:?}",
        examined.problems
    );
    fs::write(directory.path().join("default.yaml"), "defaults: {health: {path: x}}").unwrap();
    let examined = Config::examine(directory.path(), []);
    assert_eq!(
        (examined.problems.len(), examined.config.unwrap().environments.len()),
        (1, 0),
        "{:?}",
        examined.problems
    );
}
