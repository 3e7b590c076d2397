//! Verifies a log: no line was changed or removed, and the end is where the head says.
//!
//! It only reads files; the log may be written meanwhile.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::observers::audit::{
    Flaw, Wrong,
    chain::{Hash, Link, Sealed},
    entry::{JOURNAL_REPLACED, REPAIRED},
    files::{self, CURRENT, RawLine},
    head::{Found, HEAD, Head},
};

/// A verified log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The number of the first line that is kept; those before were removed as configured.
    pub from: u64,
    /// The number of the last line.
    pub to: u64,
    /// The hash of the last line.
    pub hash: Hash,
    /// The number of files.
    pub files: usize,
    /// Whether the last line is incomplete: it is being written, or the next start repairs it after
    /// a crash.
    pub unfinished: bool,
    /// The numbers of the lines about a repair: what was there before cannot be verified.
    pub repaired: Vec<u64>,
    /// The numbers of the lines after which another journal is named.
    pub journal_replaced: Vec<u64>,
}

/// Why a log is not verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// There is none.
    #[error("no audit log in `{}`; name its directory with --dir", path.display())]
    NoLog { path: PathBuf },
    /// Our user may not read it.
    #[error("not permitted to read the audit log in `{}`: run it as boathook's user (sudo -u boathook boathook audit ...) or as root", path.display())]
    NotPermitted { path: PathBuf },
    /// It cannot be read.
    #[error("failed to read the audit log in `{}`", path.display())]
    Unreadable {
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Something is wrong with it.
    #[error("{0}")]
    Flawed(Flaw),
}

/// How often to read again a log that is rotated meanwhile.
const TRIES: u32 = 3;

/// Verifies the log in a directory, or names the first bad line.
pub fn verify(directory: &Path) -> Result<Proof, VerifyError> {
    let mut tries = 1;
    loop {
        let before = list(directory)?;
        let result = Walk::through(directory, &before);
        let Err(error) = result else { return result };
        if tries == TRIES || list(directory)? == before {
            return Err(error);
        }
        tries += 1;
    }
}

fn list(directory: &Path) -> Result<Vec<PathBuf>, VerifyError> {
    files::all(directory).map_err(|source| VerifyError::of(directory, source))
}

impl VerifyError {
    /// What it means that a log cannot be read.
    #[must_use]
    pub fn of(directory: &Path, source: io::Error) -> Self {
        let path = directory.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NoLog { path },
            io::ErrorKind::PermissionDenied => Self::NotPermitted { path },
            _ => Self::Unreadable { path, source },
        }
    }
}

/// The position of the reader.
struct Walk<'a> {
    directory: &'a Path,
    files: &'a [PathBuf],
    head: Option<Head>,
    last: Option<Link>,
    /// The last record that has a line, if a kept line describes one.
    reported: Option<u64>,
    from: u64,
    /// The last line read: its file, and its number there.
    at: (String, Option<u64>),
    unfinished: bool,
    repaired: Vec<u64>,
    journal_replaced: Vec<u64>,
}

impl<'a> Walk<'a> {
    fn through(directory: &'a Path, files: &'a [PathBuf]) -> Result<Proof, VerifyError> {
        // The head comes first: lines that are written meanwhile are beyond it, and no flaw.
        let found = Head::read(directory).map_err(unreadable(directory))?;
        if files.is_empty() && matches!(found, Found::Missing) {
            return Err(VerifyError::NoLog { path: directory.to_owned() });
        }
        let (head, headless) = match found {
            Found::Head(head) => (Some(head), None),
            Found::Missing => (None, Some(Wrong::NoHead)),
            Found::Unreadable => (None, Some(Wrong::HeadChanged)),
        };
        let from = head.as_ref().map_or(1, |head| head.from);
        let at = (CURRENT.to_owned(), None);
        let mut walk = Self {
            directory,
            files,
            head,
            last: None,
            reported: None,
            from,
            at,
            unfinished: false,
            repaired: Vec::new(),
            journal_replaced: Vec::new(),
        };
        for (index, path) in files.iter().enumerate() {
            for raw in files::lines(path).map_err(unreadable(directory))? {
                walk.line(index, &raw.map_err(unreadable(directory))?)?;
            }
        }
        walk.end(headless)
    }

    /// Checks one more line.
    fn line(&mut self, file: usize, raw: &RawLine) -> Result<(), VerifyError> {
        self.at = (files::name(&self.files[file]), Some(raw.line));
        match raw.sealed() {
            Some(sealed) => self.place(file, &sealed),
            // Lines beyond the head may be half written.
            None if !raw.whole && file + 1 == self.files.len() && self.reached_head() => {
                self.unfinished = true;
                Ok(())
            }
            None if !raw.whole => {
                Err(self.flaw(Wrong::Torn { number: self.number().saturating_add(1) }))
            }
            None => Err(self.flaw(Wrong::Changed)),
        }
    }

    /// Continues after a valid line, if it is in its place.
    fn place(&mut self, file: usize, line: &Sealed) -> Result<(), VerifyError> {
        let number = line.link.number;
        if self.last.is_none() || self.is_after_what_was_removed(number) {
            self.last = None;
            self.from = self.head.as_ref().map_or(number, |head| head.from.min(number));
        }
        let expected = self.number().saturating_add(1);
        if number > expected {
            let wrong = self.gap(file, number, expected).map_err(unreadable(self.directory))?;
            return Err(self.flaw(wrong));
        }
        if number < expected {
            return Err(self.flaw(Wrong::Again { number, expected }));
        }
        let before = self.last.take().or_else(|| (number == 1).then(Link::origin));
        let chained = before.is_none_or(|before| before.precedes(line));
        let named = self.head.as_ref().is_none_or(|head| head.names(line));
        if !chained || !named {
            return Err(self.flaw(Wrong::WrittenAnew));
        }
        self.last = Some(line.link.clone());
        self.check_sequence(line)
    }

    /// Each record has one line, in order, and the head knows the last one.
    fn check_sequence(&mut self, line: &Sealed) -> Result<(), VerifyError> {
        if let (Some(sequence), Some(reported), false) =
            (line.sequence, self.reported, line.may_follow(self.reported))
        {
            return Err(self.flaw(Wrong::RecordAgain { sequence, reported }));
        }
        self.reported = line.sequence.or(self.reported);
        match line.what.as_str() {
            REPAIRED => self.repaired.push(line.link.number),
            JOURNAL_REPLACED => self.journal_replaced.push(line.link.number),
            _ => {}
        }
        match &self.head {
            Some(head) if head.number == line.link.number && !head.follows(self.reported) => {
                Err(head_flaw(Wrong::HeadDiffers))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether the lines missing before this one were removed as configured, while a file older
    /// than those could not be.
    fn is_after_what_was_removed(&self, number: u64) -> bool {
        number > self.number().saturating_add(1)
            && self.head.as_ref().is_some_and(|head| number <= head.from)
    }

    /// A line is missing: it comes later, or not at all.
    fn gap(&self, file: usize, number: u64, expected: u64) -> io::Result<Wrong> {
        for path in &self.files[file..] {
            for raw in files::lines(path)? {
                let raw = raw?;
                if raw.sealed().is_some_and(|sealed| sealed.link.number == expected) {
                    return Ok(Wrong::Swapped {
                        number,
                        expected,
                        file: files::name(path),
                        line: raw.line,
                    });
                }
            }
        }
        Ok(Wrong::Missing { from: expected, to: number - 1 })
    }

    fn reached_head(&self) -> bool {
        self.head.as_ref().is_some_and(|head| self.number() >= head.number)
    }

    /// The number of the last good line.
    fn number(&self) -> u64 {
        self.last.as_ref().map_or(self.from.saturating_sub(1), |last| last.number)
    }

    fn end(self, headless: Option<Wrong>) -> Result<Proof, VerifyError> {
        if let Some(wrong) = headless {
            return Err(head_flaw(wrong));
        }
        let to = self.number();
        if self.head.as_ref().is_some_and(|head| !head.fits(self.from)) {
            return Err(head_flaw(Wrong::HeadDiffers));
        }
        if let Some(head) = &self.head
            && to < head.number
        {
            return Err(self.flaw(Wrong::TailCut { from: to + 1, to: head.number }));
        }
        let hash = self.last.unwrap_or_else(Link::origin).hash;
        let Self { from, files, unfinished, repaired, journal_replaced, .. } = self;
        Ok(Proof { from, to, hash, files: files.len(), unfinished, repaired, journal_replaced })
    }

    /// A flaw of the line that was read last.
    fn flaw(&self, wrong: Wrong) -> VerifyError {
        let (file, line) = self.at.clone();
        VerifyError::Flawed(Flaw { file, line, wrong })
    }
}

fn head_flaw(wrong: Wrong) -> VerifyError {
    VerifyError::Flawed(Flaw { file: HEAD.to_owned(), line: None, wrong })
}

fn unreadable(directory: &Path) -> impl FnOnce(io::Error) -> VerifyError {
    move |source| VerifyError::of(directory, source)
}
