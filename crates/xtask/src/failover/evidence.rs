//! What a trial wrote down, in files of JSON lines: what senders were answered, what the record and
//! the cluster hold, and what was seen meanwhile. Judges read nothing else.

use std::{
    error::Error,
    fs::{File, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// One try of a sender.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Try {
    pub at: Timestamp,
    pub service: String,
    /// The sender's own id.
    pub deployment_id: String,
    /// Whether the image works.
    pub good: bool,
    /// The answer's code; none where no answer came.
    pub status: Option<u16>,
    pub milliseconds: u64,
    /// boathook's id, from the address of the status page.
    pub deployment: Option<String>,
}

impl Try {
    pub fn is_accepted(&self) -> bool {
        matches!(self.status, Some(200 | 202))
    }
}

/// A deployment in the record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Deployment {
    pub id: String,
    pub deployment_id: String,
    pub status: String,
    pub accepted_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// How many records close it.
    pub ends: u64,
}

/// What one process wrote to the record in one term of leadership, by a trigger in the database.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Written {
    pub epoch: i64,
    /// The writer's process.
    pub process: i64,
    pub first_sequence: i64,
    pub last_sequence: i64,
}

/// A table that one process changed in one term of leadership, besides that of the records.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Changed {
    pub changed: String,
    pub epoch: i64,
    pub process: i64,
}

/// What a trial was started for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Asked {
    pub faults: usize,
}

/// The begin of a term of leadership, by a trigger in the database.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Term {
    pub epoch: i64,
    pub at: Timestamp,
    pub process: i64,
}

/// A boathook that was started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Start {
    pub node: String,
    pub process: i64,
}

/// A change of an object in the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub at: Timestamp,
    /// `service` or `revision`.
    pub kind: String,
    pub name: String,
    pub uid: String,
    pub generation: i64,
    /// Who changed its spec last.
    pub by: Option<String>,
    /// The deployment that its label names.
    pub deployment: Option<String>,
}

/// One look at a service, as a user and in its status.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Look {
    pub at: Timestamp,
    pub service: String,
    pub status: Option<u16>,
    /// Who gets which part of the requests.
    pub shares: Vec<(String, u64)>,
}

/// From this moment on, this one leads; nobody, where it is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lead {
    pub at: Timestamp,
    pub epoch: Option<i64>,
    pub node: Option<String>,
}

/// A fault, and when all went on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fault {
    pub kind: String,
    pub begun: Timestamp,
    pub over: Timestamp,
    pub recovered: Timestamp,
    /// The process that led before it.
    pub led: i64,
    /// What shows that it happened; empty if nothing does.
    pub proof: String,
}

/// What `boathook audit verify` said on a node, and how many records its log has, in order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Audit {
    pub node: String,
    pub code: i32,
    pub said: String,
    /// Of the records in it, the first that is not the one after its predecessor.
    pub gap_after: Option<i64>,
    pub last_sequence: i64,
}

/// All of it.
pub struct Evidence {
    pub tries: Vec<Try>,
    pub deployments: Vec<Deployment>,
    pub written: Vec<Written>,
    pub others: Vec<Changed>,
    pub asked: Vec<Asked>,
    pub terms: Vec<Term>,
    pub starts: Vec<Start>,
    pub changes: Vec<Change>,
    pub looks: Vec<Look>,
    pub leads: Vec<Lead>,
    pub faults: Vec<Fault>,
    pub audits: Vec<Audit>,
}

impl Evidence {
    pub fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        Ok(Self {
            tries: lines(folder, "tries")?,
            deployments: lines(folder, "deployments")?,
            written: lines(folder, "written")?,
            others: lines(folder, "others")?,
            asked: lines(folder, "asked")?,
            terms: lines(folder, "terms")?,
            starts: lines(folder, "starts")?,
            changes: lines(folder, "changes")?,
            looks: lines(folder, "looks")?,
            leads: lines(folder, "leads")?,
            faults: lines(folder, "faults")?,
            audits: lines(folder, "audits")?,
        })
    }
}

fn lines<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Vec<T>, Box<dyn Error>> {
    let path = folder.join(name).with_extension("jsonl");
    let wrong = |error: &dyn Error| format!("{}: {error}", path.display());
    let file = File::open(&path).map_err(|error| wrong(&error))?;
    let read = BufReader::new(file).lines().map(|line| -> Result<T, Box<dyn Error>> {
        let line = line.map_err(|error| wrong(&error))?;
        serde_json::from_str(&line).map_err(|error| wrong(&error).into())
    });
    read.collect()
}

/// A file of JSON lines that several tasks write.
#[derive(Clone)]
pub struct Lines(Arc<Mutex<File>>);

impl Lines {
    pub fn open(folder: &Path, name: &str) -> Result<Self, Box<dyn Error>> {
        let path = folder.join(name).with_extension("jsonl");
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }

    pub fn add(&self, line: &impl Serialize) -> Result<(), Box<dyn Error>> {
        let text = format!("{}\n", serde_json::to_string(line)?);
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(file.write_all(text.as_bytes())?)
    }
}
