//! What holds for the files of this repository: imports, documentation, workflows, packages.

mod documentation;
mod imports;
mod named_files;
mod packages;
mod shipped_files;
mod tables_of_tests;
mod templates;
mod workflows;
