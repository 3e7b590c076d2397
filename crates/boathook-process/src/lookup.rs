//! Finds a program's file: in the `PATH` that the program itself will see, never in ours.

use std::{
    io,
    path::{Path, PathBuf},
};

use rustix::fs::{Access, access};

use crate::{Command, RunError};

/// Finds the program that the argument list names.
///
/// A name with a `/` is taken as a path; an empty entry of `PATH` is passed over, so the working
/// directory is never searched.
pub(super) fn find_program(command: &Command) -> Result<PathBuf, RunError> {
    let Some(name) = command.argv.first().filter(|name| !name.is_empty()) else {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "the argument list is empty");
        return Err(RunError::Io { program: String::new(), source });
    };
    let candidates =
        if name.contains('/') { vec![PathBuf::from(name)] } else { in_path(command, name) };
    let files: Vec<PathBuf> = candidates.into_iter().filter(|path| path.is_file()).collect();
    if let Some(program) = files.iter().find(|path| may_run(path)) {
        return Ok(program.clone());
    }
    let program = name.clone();
    Err(if files.is_empty() {
        RunError::NotFound { program }
    } else {
        RunError::NotPermitted { program }
    })
}

/// Refuses a missing working directory, which the system would report as a missing program.
pub(super) fn check_directory(command: &Command) -> Result<(), RunError> {
    match &command.directory {
        Some(directory) if !directory.is_dir() => Err(RunError::NoDirectory {
            program: command.program().to_owned(),
            directory: directory.clone(),
        }),
        _ => Ok(()),
    }
}

fn in_path(command: &Command, name: &str) -> Vec<PathBuf> {
    let path =
        command.environment.iter().find(|(key, _)| key == "PATH").map_or("", |(_, value)| value);
    path.split(':')
        .filter(|directory| !directory.is_empty())
        .map(|directory| Path::new(directory).join(name))
        .collect()
}

fn may_run(path: &Path) -> bool {
    access(path, Access::EXEC_OK).is_ok()
}
