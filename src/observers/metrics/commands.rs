//! The labels of a program and its exit in metrics, from a closed set.

/// Programs with a label of their own.
const KNOWN: [&str; 2] = ["kubectl", "crictl"];

/// The program that an argument list runs; `k3s kubectl` is kubectl.
pub(super) fn program(argv: &[String]) -> &'static str {
    let mut names = argv.iter().take(2).filter_map(|word| word.rsplit('/').next());
    names.find_map(|name| KNOWN.into_iter().find(|known| *known == name)).unwrap_or("other")
}

/// How a program ended, from the text in the record.
pub(super) fn exit(reported: &str) -> &'static str {
    match reported {
        "exit code 0" => "success",
        "ended at its deadline" => "deadline",
        "stopped by boathook" => "stopped",
        reported if reported.starts_with("exit code ") => "failure",
        reported if reported.starts_with("ended by signal ") => "signal",
        _ => "not_run",
    }
}
