//! `boathook backup`: what is copied, how many copies stay, and that nothing is taken for a copy
//! that is none.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use boathook::journal::{Filter, Journal};
use boathook_core::clock::Clock;
use boathook_testing::{samples::accept, state_dir::StateDir};

use crate::support::listening::{Ran, shell};

/// A state directory, and one for the copies.
struct Place {
    state: StateDir,
    outer: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { state: StateDir::new(), outer: tempfile::tempdir().unwrap() }
    }

    /// Not made yet.
    fn copies(&self) -> PathBuf {
        self.outer.path().join("var/backups")
    }

    async fn back_up(&self, further: &str) -> Ran {
        let state = self.state.folder().display();
        let copies = self.copies();
        shell(
            &format!("boathook backup --state {state} --into {} {further}", copies.display()),
            &[],
        )
        .await
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_copy_made_while_boathook_writes_holds_all_that_was_accepted_until_then() {
    let place = Place::new();
    let journal = place.state.journal();
    let id = accept(&journal, "game", "1").await;
    let copied = place.back_up("").await;
    assert_eq!(copied.code, 0, "{}", copied.transcript());
    accept(&journal, "game", "2").await;

    let [name] = &names(&place.copies())[..] else { panic!("{:?}", names(&place.copies())) };
    let copy = place.copies().join(name);
    assert_eq!(copied.stdout, format!("the journal is copied to {}\n", copy.display()));
    let modes = [place.copies(), copy.clone()]
        .map(|path| fs::metadata(path).unwrap().permissions().mode() & 0o777);
    assert_eq!(modes, [0o700, 0o600], "it holds tokens and payloads");

    let restored = StateDir::with(&[("journal.db", &fs::read(copy).unwrap())]);
    let restored = Journal::open(restored.store(), Clock::system()).unwrap();
    let ids: Vec<_> = restored
        .list(&Filter::default())
        .await
        .unwrap()
        .into_iter()
        .map(|summary| summary.id)
        .collect();
    assert_eq!(ids, [id]);
}

#[tokio::test]
async fn a_journal_that_nobody_has_open_is_copied_and_nothing_is_left_beside_it() {
    let place = Place::new();
    drop(place.state.journal());
    let before = names(place.state.folder());
    let owner = fs::metadata(place.state.path()).unwrap().uid();
    assert_eq!(place.back_up("").await.code, 0);
    assert_eq!(names(place.state.folder()), before);
    assert_eq!(fs::metadata(place.state.path()).unwrap().uid(), owner);
    assert!(place.state.try_sqlite().is_ok());
}

#[tokio::test]
async fn the_oldest_copies_go_once_a_new_one_is_whole_and_other_files_stay() {
    let place = Place::new();
    drop(place.state.journal());
    fs::create_dir_all(place.copies()).unwrap();
    for name in [
        "journal-20250101T000000Z.db",
        "journal-20250102T000000Z.db",
        "journal-20250103T000000Z.db",
        "notes.txt",
        "partial",
    ] {
        fs::write(place.copies().join(name), "old").unwrap();
    }
    assert_eq!(place.back_up("--keep 2").await.code, 0);
    let left = names(&place.copies());
    assert_eq!(left.len(), 3, "{left:?}");
    assert_eq!((left[0].as_str(), left[2].as_str()), ("journal-20250103T000000Z.db", "notes.txt"));

    fs::write(
        place.state.path(),
        "no journal, but text that is long enough to be looked at by SQLite",
    )
    .unwrap();
    let failed = place.back_up("--keep 1").await;
    assert_eq!(failed.code, 1, "{}", failed.transcript());
    assert_eq!(
        names(&place.copies()),
        left,
        "a backup that failed removes nothing and leaves nothing"
    );
}

#[tokio::test]
async fn what_keeps_a_backup_from_being_made_is_named() {
    let place = Place::new();
    let missing = place.back_up("").await;
    assert_eq!((missing.code, names(place.outer.path())), (1, vec![]), "{}", missing.transcript());
    assert!(
        missing.stderr.contains("there is no journal `")
            && missing.stderr.contains("journal.db` to copy"),
        "{}",
        missing.stderr
    );
    let missing = place.back_up("--missing-ok").await;
    assert_eq!((missing.code, missing.stdout.as_str(), missing.stderr.as_str()), (0, "", ""));

    drop(place.state.journal());
    fs::write(place.outer.path().join("var"), "a file").unwrap();
    let blocked = place.back_up("--missing-ok").await;
    assert_eq!(blocked.code, 1, "{}", blocked.transcript());
    assert!(
        blocked.stderr.contains("failed to write a backup to `")
            && blocked.stderr.contains("Not a directory"),
        "{}",
        blocked.stderr
    );
    fs::remove_file(place.outer.path().join("var")).unwrap();

    fs::create_dir_all(place.copies()).unwrap();
    let other = fs::File::open(place.copies()).unwrap();
    other.try_lock().unwrap();
    let second = place.back_up("").await;
    assert_eq!(second.code, 1, "{}", second.transcript());
    assert!(second.stderr.contains("another backup is being written to"), "{}", second.stderr);
    assert_eq!(names(&place.copies()), Vec::<String>::new());
}

#[tokio::test]
async fn a_config_that_cannot_be_used_ends_a_backup_with_1_and_an_audit_command_with_2() {
    for (command, code) in [("backup", 1), ("audit verify", 2)] {
        let ran = shell(&format!("boathook {command} --config /nonexistent"), &[]).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (code, ""), "{}", ran.transcript());
        assert!(ran.stderr.contains("/nonexistent: there is no such folder"), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn a_damaged_journal_gives_no_copy() {
    let place = Place::new();
    let journal = place.state.journal();
    for number in 0..40 {
        accept(&journal, &format!("service-{number}"), "1").await;
    }
    drop(journal);
    let mut bytes = fs::read(place.state.path()).unwrap();
    // Behind the first page, which says that it is a journal.
    bytes[4096..].fill(0xa5);
    fs::write(place.state.path(), bytes).unwrap();
    let damaged = place.back_up("").await;
    assert_eq!(damaged.code, 1, "{}", damaged.transcript());
    assert!(
        damaged.stderr.contains("malformed") || damaged.stderr.contains("is damaged"),
        "{}",
        damaged.stderr
    );
    assert!(!place.copies().exists() || names(&place.copies()).is_empty());
}
