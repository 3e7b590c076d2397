//! The end of a container's log, as notes of the record.

use boathook_core::rollout::Observation;

/// What kubelet prints in place of a log that is gone, with exit code 0 (Kubernetes 1.36.2).
const GONE: &str = "unable to retrieve container logs for ";

/// A note for each line of a log that says something, so that each is shown on a line of its own.
pub(super) fn log_notes(of: &str, log: &str) -> Vec<Observation> {
    let lines = log.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let said = lines.filter(|line| !line.starts_with(GONE));
    said.map(|line| Observation::Note(format!("{of}: {line}"))).collect()
}

#[cfg(test)]
mod tests {
    use boathook_core::rollout::Observation;

    use super::log_notes;

    #[test]
    fn each_line_of_a_log_is_a_note_and_the_kubelets_excuse_is_none() {
        let log = "connecting\r\n\n  at step 3\nunable to retrieve container logs for containerd://4e84\n";
        let notes = log_notes("last lines of job/migrate", log);
        let texts: Vec<&str> = notes
            .iter()
            .map(|note| match note {
                Observation::Note(text) => text.as_str(),
                other => panic!("{other:?} is no note"),
            })
            .collect();
        assert_eq!(
            texts,
            ["last lines of job/migrate: connecting", "last lines of job/migrate:   at step 3"]
        );
        assert_eq!(log_notes("last lines of job/migrate", "\n"), []);
    }
}
