//! What kubectl and boathook make of the same files. Holds no test.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::Path,
    process::{Command, Output},
};

use boathook::manifests;
use boathook_sandbox::harness::kubectls;
use serde_json::{Deserializer, Value};

const MARK: &str = "boathook.dev/read";

/// The bytes of a file.
#[derive(Clone, Debug)]
pub struct Case {
    name: String,
    extension: &'static str,
    bytes: Vec<u8>,
}

/// The objects that were read, or why none were.
type Read = Result<Vec<Value>, String>;

/// Two readings of one file that are not the same.
pub struct Differs {
    pub boathook: Read,
    pub kubectl: Read,
}

impl fmt::Debug for Differs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |read: &Read| match read {
            Ok(objects) => objects.iter().map(Value::to_string).collect::<Vec<_>>().join("\n"),
            Err(reason) => format!("error: {reason}"),
        };
        write!(f, "boathook: {}\nkubectl:  {}\n", said(&self.boathook), said(&self.kubectl))
    }
}

impl Case {
    pub fn of(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.to_owned(), extension: "yaml", bytes: bytes.into() }
    }

    pub fn json(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { extension: "json", ..Self::of(name, bytes) }
    }
}

impl Case {
    /// Whether it is refused on purpose.
    pub fn has_keys_that_become_one(&self) -> bool {
        manifests::documents(&self.bytes)
            .is_err_and(|fault| fault.to_string().contains(" are both \""))
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}:\n{}", self.name, String::from_utf8_lossy(&self.bytes))
    }
}

/// Has every kubectl at hand read the cases. Gives their versions, or what boathook reads
/// otherwise.
pub fn read_alike(cases: &[Case]) -> Result<Vec<String>, String> {
    let mut versions = Vec::new();
    for kubectl in kubectls() {
        let differing: Vec<String> = differences(&kubectl, cases)
            .into_iter()
            .filter_map(|(differs, case)| differs.map(|differs| format!("{case}\n{differs:?}")))
            .collect();
        let version = version(&kubectl);
        if !differing.is_empty() {
            return Err(format!(
                "{version}: {} of {} differ:\n{}",
                differing.len(),
                cases.len(),
                differing.join("\n")
            ));
        }
        versions.push(version);
    }
    Ok(versions)
}

/// For each case what differs between kubectl and boathook, if anything does.
pub fn differences<'c>(kubectl: &Path, cases: &'c [Case]) -> Vec<(Option<Differs>, &'c Case)> {
    let kubectls = read_by_kubectl(kubectl, cases);
    cases
        .iter()
        .zip(kubectls)
        .map(|(case, kubectl)| {
            let boathook = manifests::documents(&case.bytes)
                .map(|documents| {
                    documents.into_iter().map(|document| comparable(document.0)).collect()
                })
                .map_err(|fault| fault.to_string());
            let same = match (&boathook, &kubectl) {
                (Ok(ours), Ok(theirs)) => ours == theirs,
                (Err(_), Err(_)) => true,
                (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
            };
            ((!same).then_some(Differs { boathook, kubectl }), case)
        })
        .collect()
}

/// What kubectl makes of each case: before each file stands another one, whose object tells where
/// the file's own begin.
fn read_by_kubectl(kubectl: &Path, cases: &[Case]) -> Vec<Read> {
    let folder = tempfile::tempdir().unwrap();
    for (index, case) in cases.iter().enumerate() {
        let mark = format!("apiVersion: v1\nkind: Mark\nmetadata: {{name: mark-{index}}}\n");
        fs::write(folder.path().join(format!("{index:05}-a.yaml")), mark).unwrap();
        fs::write(folder.path().join(format!("{index:05}-b.{}", case.extension)), &case.bytes)
            .unwrap();
    }
    let output = run(
        kubectl,
        &["annotate", "--local", "-f", ".", "-o", "json", &format!("{MARK}=yes")],
        folder.path(),
    );
    let mut objects: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
    let mut at = 0;
    for object in Deserializer::from_slice(&output.stdout).into_iter::<Value>() {
        let object = object.unwrap();
        match object["metadata"]["name"].as_str().and_then(|name| name.strip_prefix("mark-")) {
            Some(index) if object["kind"] == "Mark" => at = index.parse().unwrap(),
            _ => objects.entry(at).or_default().push(comparable(object)),
        }
    }
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let reason = |index: usize| {
        let file = format!("{index:05}-b.{}", cases[index].extension);
        errors.lines().find(|line| line.contains(&file)).map(str::to_owned)
    };
    (0..cases.len())
        .map(|index| {
            reason(index).map_or_else(|| Ok(objects.remove(&index).unwrap_or_default()), Err)
        })
        .collect()
}

/// Runs a kubectl that sees no cluster and no settings, to its end.
#[expect(
    clippy::disallowed_methods,
    reason = "it reads files and ends; all of its output is wanted, and no runtime need be there"
)]
pub fn run(kubectl: &Path, words: &[&str], directory: &Path) -> Output {
    let mut command = Command::new(kubectl);
    command
        .args(words)
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
        .env("HOME", directory.join("nobody"))
        .env("KUBERC", "off")
        .env("KUBECONFIG", "/dev/null")
        .output()
        .unwrap()
}

fn version(kubectl: &Path) -> String {
    let output = run(kubectl, &["version", "--client"], Path::new("/"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().next().unwrap_or_default().replace("Client Version: ", "kubectl ")
}

/// The second number of kubectl's version.
pub fn minor(kubectl: &Path) -> u32 {
    version(kubectl).split('.').nth(1).unwrap().parse().unwrap()
}

/// Without the mark, and with all numbers that are not small whole ones as floats, which JSON does
/// not tell apart.
fn comparable(mut value: Value) -> Value {
    if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.remove(MARK);
        }
        metadata.retain(|_, entry| {
            !entry.is_null() && entry.as_object().is_none_or(|entries| !entries.is_empty())
        });
    }
    numbers(value)
}

fn numbers(value: Value) -> Value {
    match value {
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(0.0)) => 0.into(),
            (None, float) => float.into(),
        },
        Value::Array(items) => items.into_iter().map(numbers).collect(),
        Value::Object(entries) => {
            entries.into_iter().map(|(key, value)| (key, numbers(value))).collect()
        }
        other => other,
    }
}
