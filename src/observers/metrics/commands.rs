//! The labels of a program and its exit in metrics, from a closed set.

use boathook_core::record::CommandExit;

/// Programs with a label of their own.
const KNOWN: [&str; 2] = ["kubectl", "crictl"];

/// The program that an argument list runs; `k3s kubectl` is kubectl.
pub(super) fn program(argv: &[String]) -> &'static str {
    let mut names = argv.iter().take(2).filter_map(|word| word.rsplit('/').next());
    names.find_map(|name| KNOWN.into_iter().find(|known| *known == name)).unwrap_or("other")
}

/// How a program ended.
pub(super) const fn exit(exit: &CommandExit) -> &'static str {
    match exit {
        CommandExit::Code(0) => "success",
        CommandExit::Code(_) => "failure",
        CommandExit::Signal(_) => "signal",
        CommandExit::TimedOut => "deadline",
        CommandExit::Stopped => "stopped",
        CommandExit::NotRun(_) | CommandExit::Other(_) => "not_run",
    }
}
