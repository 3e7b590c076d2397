//! What holds for the files of this repository: imports, documentation, workflows, packages.

mod documentation;
mod import_circles;
mod imports;
mod named_files;
mod packages;
mod real_programs;
mod shipped_files;
mod templates;
mod workflows;
