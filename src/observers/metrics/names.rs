//! What every metric is called: one table, after Prometheus' conventions.

use crate::observers::metrics::counter::Name;

pub(super) const ACCEPTED: Name<1> = Name {
    name: "boathook_deployments_accepted_total",
    help: "Deployments accepted, with retries and rollbacks that a person ordered.",
    labels: ["environment"],
};
pub(super) const ENDED: Name<2> =
    Name { name: "boathook_deployments_total", help: "Deployments by how they ended.", labels: ["environment", "end"] };
pub(super) const DURATIONS: Name<2> = Name {
    name: "boathook_deployment_duration_seconds",
    help: "From a deployment's acceptance to its end.",
    labels: ["environment", "end"],
};
pub(super) const STEPS: Name<2> =
    Name { name: "boathook_step_duration_seconds", help: "How long steps took, by how they ended.", labels: ["step", "result"] };
pub(super) const ROLLBACKS: Name<1> =
    Name { name: "boathook_rollbacks_total", help: "Deployments that began to go back to stable.", labels: ["environment"] };
pub(super) const SETBACKS: Name<1> =
    Name { name: "boathook_rollback_failures_total", help: "How often a way back failed.", labels: ["environment"] };
pub(super) const PROBES: Name<3> = Name {
    name: "boathook_probe_samples_total",
    help: "Samples that verdicts were made of: of the candidate's own URL, and of the service's.",
    labels: ["environment", "of", "result"],
};
pub(super) const COMMANDS: Name<2> =
    Name { name: "boathook_commands_total", help: "Programs that ended, by how.", labels: ["program", "exit"] };
pub(super) const PROGRAMS: Name<1> =
    Name { name: "boathook_command_duration_seconds", help: "How long programs ran.", labels: ["program"] };
pub(super) const SECRETS: Name<2> = Name {
    name: "boathook_secret_uses_total",
    help: "Accepted requests by the configured secret that signed them.",
    labels: ["environment", "secret"],
};
pub(super) const IN_PROGRESS: Name<2> = Name {
    name: "boathook_deployments_in_progress",
    help: "Deployments that have not ended, by where they stand.",
    labels: ["environment", "status"],
};
pub(super) const REFUSED: Name<1> =
    Name { name: "boathook_requests_refused_total", help: "Webhooks that became no deployment, by status code.", labels: ["status"] };
pub(super) const NOTIFICATIONS: Name<2> = Name {
    name: "boathook_notifications_total",
    help: "Notifications delivered and dropped, and tries that failed, by receiver.",
    labels: ["receiver", "result"],
};
pub(super) const COMMITS: Name<0> =
    Name { name: "boathook_journal_commit_duration_seconds", help: "How long it took to have records on disk.", labels: [] };
pub(super) const FAILED_COMMITS: Name<0> =
    Name { name: "boathook_journal_commit_failures_total", help: "Commits that the disk did not take.", labels: [] };
pub(super) const BUILD: Name<1> = Name { name: "boathook_build_info", help: "The version that runs.", labels: ["version"] };
pub(super) const BEGAN: Name<0> = Name {
    name: "process_start_time_seconds",
    help: "When this process started, in seconds since 1970; counters begin there.",
    labels: [],
};
