//! As much of GitHub's runner as our workflows need: their own `run:` steps, run by bash, and our
//! action, run by node, with a PATH of bash alone. Holds no test.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use boathook_process::{Command, Exit, ProgramRunner, Runner as _};
use boathook_testing::workflows::load;
use serde_yaml::Value;
use tempfile::TempDir;

use crate::support::listening::shell;

/// A runner, and what its expressions mean.
pub struct GithubRunner {
    directory: TempDir,
    contexts: BTreeMap<String, String>,
}

/// How a job ended.
#[derive(Debug, Default)]
pub struct Job {
    /// The number that its last step ended with.
    pub code: i32,
    /// What its steps printed.
    pub log: String,
    /// What they wrote into the summary.
    pub summary: String,
    /// The outputs of steps, as `steps.ID.outputs.NAME`.
    pub outputs: BTreeMap<String, String>,
}

impl Job {
    /// The annotations of the run.
    pub fn annotations(&self) -> Vec<&str> {
        self.log.lines().filter(|line| line.starts_with("::")).collect()
    }

    pub fn output(&self, name: &str) -> &str {
        self.outputs.get(name).unwrap_or_else(|| panic!("no output {name} in {:?}", self.outputs))
    }
}

impl GithubRunner {
    /// A runner of the second attempt at run 77 of `Your-Org/game-2048`.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(program("bash"), directory.path().join("bash")).unwrap();
        let known = [
            ("github.repository_owner", "Your-Org"),
            ("github.actor", "jane"),
            ("github.token", "ghs_of-the-job"),
            ("github.run_attempt", "2"),
            ("github.sha", "4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d"),
        ];
        let contexts = known.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Self { directory, contexts }
    }

    /// The same, with something known, such as a secret or an input.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.contexts.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Runs the job `deploy` of a workflow.
    pub async fn run(&self, workflow: &str) -> Job {
        let workflow = load(&format!(".github/workflows/{workflow}"));
        let mut job = Job::default();
        let mut contexts = self.contexts.clone();
        let environment = texts(&workflow["env"]);
        contexts
            .extend(environment.iter().map(|(name, value)| (format!("env.{name}"), value.clone())));
        for step in workflow["jobs"]["deploy"]["steps"].as_sequence().unwrap() {
            if job.code != 0 {
                break;
            }
            self.step(step, &mut contexts, &environment, &mut job).await;
        }
        job
    }

    /// Runs our action with these inputs, and further variables for its steps.
    pub async fn deploy(&self, inputs: &[(&str, &str)], variables: &[(&str, &str)]) -> Job {
        let mut job = Job::default();
        let owned = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        self.action("./.github/actions/deploy", owned(inputs), &owned(variables), &mut job).await;
        job
    }

    async fn step(
        &self,
        step: &Value,
        contexts: &mut BTreeMap<String, String>,
        environment: &BTreeMap<String, String>,
        job: &mut Job,
    ) {
        let before = std::mem::take(&mut job.outputs);
        match step["uses"].as_str() {
            Some(action) if action.starts_with("./") => {
                let inputs = evaluated(&texts(&step["with"]), contexts);
                self.action(action, inputs, &BTreeMap::new(), job).await;
            }
            Some(_) => {}
            None => {
                let mut environment = environment.clone();
                environment.extend(evaluated(&texts(&step["env"]), contexts));
                self.script(step["run"].as_str().unwrap(), environment, job).await;
            }
        }
        if let Some(id) = step["id"].as_str() {
            contexts.extend(
                job.outputs
                    .iter()
                    .map(|(name, value)| (format!("steps.{id}.outputs.{name}"), value.clone())),
            );
        }
        let outputs = std::mem::replace(&mut job.outputs, before);
        job.outputs.extend(outputs);
    }

    /// An action in JavaScript: its inputs are variables, its outputs those that it names.
    async fn action(
        &self,
        path: &str,
        given: BTreeMap<String, String>,
        environment: &BTreeMap<String, String>,
        job: &mut Job,
    ) {
        let action = load(&format!("{path}/action.yml"));
        let declared = action["inputs"].as_mapping().unwrap();
        for name in given.keys() {
            assert!(declared.contains_key(name.as_str()), "{path} has no input {name}");
        }
        let mut environment = environment.clone();
        for (name, input) in declared {
            let name = name.as_str().unwrap();
            assert!(
                input["required"].as_bool() != Some(true) || given.contains_key(name),
                "{path} needs {name}"
            );
            let default =
                || evaluate(input["default"].as_str().unwrap_or_default(), &self.contexts);
            environment.insert(
                format!("INPUT_{}", name.to_uppercase()),
                given.get(name).cloned().unwrap_or_else(default),
            );
        }
        assert!(
            action["runs"]["using"].as_str().unwrap().starts_with("node"),
            "{path} is not in JavaScript"
        );
        let main = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(path)
            .join(action["runs"]["main"].as_str().unwrap());
        self.program(
            &[&program("node").display().to_string(), &main.display().to_string()],
            environment,
            job,
        )
        .await;
        for name in job.outputs.keys() {
            assert!(
                action["outputs"].as_mapping().unwrap().contains_key(name.as_str()),
                "{path} does not name its output {name}"
            );
        }
    }

    /// One script, as the runner starts it.
    async fn script(&self, script: &str, environment: BTreeMap<String, String>, job: &mut Job) {
        self.program(
            &["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            environment,
            job,
        )
        .await;
    }

    async fn program(
        &self,
        argv: &[&str],
        mut environment: BTreeMap<String, String>,
        job: &mut Job,
    ) {
        let at = |name: &str| self.directory.path().join(name);
        for file in ["output", "summary"] {
            fs::write(at(file), "").unwrap();
        }
        let known = [
            ("PATH", self.directory.path().to_owned()),
            ("GITHUB_OUTPUT", at("output")),
            ("GITHUB_STEP_SUMMARY", at("summary")),
            ("GITHUB_RUN_ID", PathBuf::from("77")),
            ("GITHUB_RUN_ATTEMPT", PathBuf::from(&self.contexts["github.run_attempt"])),
            ("GITHUB_JOB", PathBuf::from("release")),
            ("GITHUB_ACTION", PathBuf::from("__self")),
        ];
        for (name, value) in known {
            environment.entry(name.to_owned()).or_insert_with(|| value.display().to_string());
        }
        let argv = argv.iter().map(|&word| word.to_owned()).collect();
        let directory = Some(PathBuf::from(env!("CARGO_MANIFEST_DIR")));
        let environment = environment.into_iter().collect();
        let command = Command {
            argv,
            directory,
            environment,
            timeout: Duration::from_secs(100),
            output_cap: 1 << 20,
            secret_output: false,
        };
        let finished = ProgramRunner::default().run(command, None).await.unwrap();
        job.log += &finished.stdout.text();
        job.log += &finished.stderr.text();
        job.summary += &fs::read_to_string(at("summary")).unwrap();
        let Exit::Code(code) = finished.exit else { panic!("{}\n{}", finished.exit, job.log) };
        job.code = code;
        for line in fs::read_to_string(at("output")).unwrap().lines() {
            let (name, value) =
                line.split_once('=').unwrap_or_else(|| panic!("an output without a name: {line}"));
            job.outputs.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// What a script prints that imports the action's files.
pub async fn javascript(script: &str, variables: &[(&str, &str)]) -> String {
    let folder = format!("{}/.github/actions/deploy", env!("CARGO_MANIFEST_DIR"));
    let line = format!(
        "cd {folder} && exec {} --input-type=module --eval \"$SCRIPT\"",
        program("node").display()
    );
    let ran = shell(&line, &[&[("SCRIPT", script)], variables].concat()).await;
    assert_eq!(ran.code, 0, "{}", ran.transcript());
    ran.stdout
}

/// Where a program is that the tests need.
pub fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let found =
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!("{name} is not installed; scripts/test.sh installs what the tests need")
    })
}

fn texts(mapping: &Value) -> BTreeMap<String, String> {
    let pairs = mapping.as_mapping().into_iter().flatten();
    pairs
        .map(|(name, value)| {
            (name.as_str().unwrap().to_owned(), value.as_str().unwrap().to_owned())
        })
        .collect()
}

fn evaluated(
    texts: &BTreeMap<String, String>,
    contexts: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    texts.iter().map(|(name, text)| (name.clone(), evaluate(text, contexts))).collect()
}

/// The text with its expressions in place; outputs and secrets that nobody set are empty, as at
/// GitHub.
fn evaluate(text: &str, contexts: &BTreeMap<String, String>) -> String {
    let Some((before, rest)) = text.split_once("${{") else { return text.to_owned() };
    let (name, after) = rest.split_once("}}").unwrap();
    let name = name.trim();
    let unset = || {
        assert!(name.starts_with("secrets.") || name.starts_with("steps."), "nobody knows {name}");
        String::new()
    };
    let value = contexts.get(name).cloned().unwrap_or_else(unset);
    format!("{before}{value}{}", evaluate(after, contexts))
}
