//! The names of all metrics in one table, by Prometheus' conventions.

use crate::observers::metrics::counter::Name;

pub(super) const ACCEPTED: Name<1> = Name {
    name: "boathook_deployments_accepted_total",
    help: "Deployments accepted, with retries and rollbacks that an operator ordered.",
    labels: ["environment"],
};
pub(super) const WAITS: Name<1> = Name {
    name: "boathook_deployment_wait_seconds",
    help: "From a deployment's acceptance, or the yes that it needed, to its beginning.",
    labels: ["environment"],
};
pub(super) const ENDED: Name<2> = Name {
    name: "boathook_deployments_total",
    help: "Deployments by how they ended.",
    labels: ["environment", "end"],
};
pub(super) const DURATIONS: Name<2> = Name {
    name: "boathook_deployment_duration_seconds",
    help: "From a deployment's acceptance to its end.",
    labels: ["environment", "end"],
};
pub(super) const STEPS: Name<2> = Name {
    name: "boathook_step_duration_seconds",
    help: "How long steps took, by how they ended.",
    labels: ["step", "result"],
};
pub(super) const ROLLBACKS: Name<1> = Name {
    name: "boathook_rollbacks_total",
    help: "Deployments that began to roll back to stable.",
    labels: ["environment"],
};
pub(super) const ROLLBACK_FAILURES: Name<1> = Name {
    name: "boathook_rollback_failures_total",
    help: "How often a rollback failed.",
    labels: ["environment"],
};
pub(super) const PROBES: Name<3> = Name {
    name: "boathook_probe_samples_total",
    help: "Samples that verdicts were made of: of the candidate's own URL, and of the service's.",
    labels: ["environment", "of", "result"],
};
pub(super) const METRIC_VALUES: Name<3> = Name {
    name: "boathook_metric_values_total",
    help: "Values of metrics that holds were judged by, by what they were, and questions without one.",
    labels: ["environment", "metric", "result"],
};
pub(super) const PROBE_TIMES: Name<2> = Name {
    name: "boathook_probe_duration_seconds",
    help: "How long the answers took that verdicts were made of; failures count too, as a time-out is a slow answer.",
    labels: ["environment", "of"],
};
pub(super) const COMMANDS: Name<2> = Name {
    name: "boathook_commands_total",
    help: "Programs that ended, by how.",
    labels: ["program", "exit"],
};
pub(super) const PROGRAMS: Name<1> = Name {
    name: "boathook_command_duration_seconds",
    help: "How long programs ran.",
    labels: ["program"],
};
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
pub(super) const QUEUE_LIMIT: Name<0> = Name {
    name: "boathook_queue_limit",
    help: "Deployments that may wait, for their turn or for an operator's approval.",
    labels: [],
};
pub(super) const LOCKS: Name<1> = Name {
    name: "boathook_locks",
    help: "Locks that hold, of environments and of single services.",
    labels: ["environment"],
};
pub(super) const HELD: Name<1> = Name {
    name: "boathook_held_services",
    help: "Services that an operator rolled back and that nobody has released.",
    labels: ["environment"],
};
pub(super) const TO_PROMOTE: Name<1> = Name {
    name: "boathook_successes_to_promote",
    help: "Successes with a promotion that waits to be sent or answered, by where they succeeded.",
    labels: ["environment"],
};
pub(super) const WITHDRAWN: Name<1> = Name {
    name: "boathook_withdrawals_total",
    help: "Digests that were withdrawn, by operators and by automatic rollbacks.",
    labels: ["by"],
};
pub(super) const WATCHED: Name<1> = Name {
    name: "boathook_watched_services",
    help: "Services whose last success is watched.",
    labels: ["environment"],
};
pub(super) const WATCHES: Name<2> = Name {
    name: "boathook_watches_total",
    help: "Watches of successes that are over, by how they ended.",
    labels: ["environment", "end"],
};
pub(super) const REQUESTS: Name<2> = Name {
    name: "boathook_requests_total",
    help: "Requests on the public listener but for /health, by what was asked for and what became of it.",
    labels: ["handler", "result"],
};
pub(super) const NOTIFICATIONS: Name<2> = Name {
    name: "boathook_notifications_total",
    help: "Notifications delivered and dropped, and tries that failed, by receiver.",
    labels: ["receiver", "result"],
};
pub(super) const RELAY_EVENTS: Name<2> = Name {
    name: "boathook_relay_events_total",
    help: "Events that relays brought, but for their own, by what became of them.",
    labels: ["relay", "result"],
};
pub(super) const RELAY_CONNECTED: Name<1> = Name {
    name: "boathook_relay_connected",
    help: "Whether boathook is connected to a relay.",
    labels: ["relay"],
};
pub(super) const GITHUB_POLLS: Name<1> = Name {
    name: "boathook_github_polls_total",
    help: "Polls of a repository's deployments on GitHub, by what they came to.",
    labels: ["result"],
};
pub(super) const GITHUB_READ_AT: Name<1> = Name {
    name: "boathook_github_last_poll_timestamp_seconds",
    help: "When all deployments of a repository on GitHub were last taken, in seconds since 1970; 0 if they were not since the start.",
    labels: ["repository"],
};
pub(super) const GITHUB_DEPLOYMENTS: Name<1> = Name {
    name: "boathook_github_deployments_total",
    help: "Deployments on GitHub that asked boathook for something, by what became of them.",
    labels: ["result"],
};
pub(super) const GITHUB_STATUSES: Name<1> = Name {
    name: "boathook_github_statuses_total",
    help: "Statuses of deployments for GitHub that it got, overtaken or refused, and tries that failed.",
    labels: ["result"],
};
pub(super) const PROXY_ENDS: Name<1> = Name {
    name: "boathook_api_proxy_ends_total",
    help: "How often the `kubectl proxy` that reads the API server ended, by who ended it.",
    labels: ["by"],
};
pub(super) const COMMITS: Name<0> = Name {
    name: "boathook_journal_commit_duration_seconds",
    help: "How long it took to have records on disk.",
    labels: [],
};
pub(super) const FAILED_COMMITS: Name<0> = Name {
    name: "boathook_journal_commit_failures_total",
    help: "Commits that the disk did not take.",
    labels: [],
};
pub(super) const AUDIT_BYTES: Name<0> = Name {
    name: "boathook_audit_log_size_bytes",
    help: "What the files of the audit log take.",
    labels: [],
};
pub(super) const AUDIT_FILES: Name<0> = Name {
    name: "boathook_audit_log_files",
    help: "Files of the audit log, with the one that is written.",
    labels: [],
};
pub(super) const AUDIT_LAG: Name<0> = Name {
    name: "boathook_audit_log_lag_records",
    help: "Records of the journal that have no line in the audit log yet.",
    labels: [],
};
pub(super) const JOURNAL_BYTES: Name<0> = Name {
    name: "boathook_journal_size_bytes",
    help: "What the journal takes on disk.",
    labels: [],
};
pub(super) const STATE_FREE: Name<0> = Name {
    name: "boathook_state_filesystem_free_bytes",
    help: "What boathook may still write where its state directory is.",
    labels: [],
};
pub(super) const STATE_SIZE: Name<0> = Name {
    name: "boathook_state_filesystem_size_bytes",
    help: "The size of the file system that the state directory is on.",
    labels: [],
};
pub(super) const SECRET_ENDS: Name<2> = Name {
    name: "boathook_secret_not_after_timestamp_seconds",
    help: "When a configured secret ends, in seconds since 1970; those without an end are not here.",
    labels: ["environment", "secret"],
};
pub(super) const CERTIFICATE_ENDS: Name<0> = Name {
    name: "boathook_tls_certificate_not_after_timestamp_seconds",
    help: "When the public listener's certificate ends, in seconds since 1970.",
    labels: [],
};
pub(super) const KUBECONFIG_ENDS: Name<0> = Name {
    name: "boathook_kubeconfig_not_after_timestamp_seconds",
    help: "When the token or certificate in the kubeconfig ends, in seconds since 1970.",
    labels: [],
};
pub(super) const BUILD: Name<1> =
    Name { name: "boathook_build_info", help: "The version that runs.", labels: ["version"] };
pub(super) const BEGAN: Name<0> = Name {
    name: "process_start_time_seconds",
    help: "When this process started, in seconds since 1970; counters begin there.",
    labels: [],
};
pub(super) const CPU: Name<0> = Name {
    name: "process_cpu_seconds_total",
    help: "Time that this process had a processor, its children not counted.",
    labels: [],
};
pub(super) const RESIDENT_MEMORY: Name<0> = Name {
    name: "process_resident_memory_bytes",
    help: "Memory that this process holds.",
    labels: [],
};
pub(super) const VIRTUAL_MEMORY: Name<0> = Name {
    name: "process_virtual_memory_bytes",
    help: "Addresses that this process has set aside.",
    labels: [],
};
pub(super) const THREADS: Name<0> =
    Name { name: "process_threads", help: "Threads of this process.", labels: [] };
pub(super) const OPEN_FDS: Name<0> = Name {
    name: "process_open_fds",
    help: "Files and connections that this process has open.",
    labels: [],
};
pub(super) const MAX_FDS: Name<0> = Name {
    name: "process_max_fds",
    help: "Files and connections that it may have open.",
    labels: [],
};
pub(super) const LEADS: Name<0> = Name {
    name: "boathook_leads",
    help: "1 if this boathook leads and so acts on the record, 0 if it follows another one.",
    labels: [],
};
pub(super) const LEASE_LEFT: Name<0> = Name {
    name: "boathook_lease_left_seconds",
    help: "How long this boathook still leads if it does not renew its lease; absent if it follows, or has its record for itself.",
    labels: [],
};
pub(super) const RECORDS_BEHIND: Name<0> = Name {
    name: "boathook_records_behind",
    help: "Records in the database that this boathook does not show yet.",
    labels: [],
};
pub(super) const DATABASE_ANSWERED: Name<0> = Name {
    name: "boathook_database_last_answer_age_seconds",
    help: "Since when the database has not answered this boathook; it is asked every 3 s.",
    labels: [],
};
pub(super) const NODES: Name<1> = Name {
    name: "boathook_nodes",
    help: "Boathooks on the record, by whether they were seen within 10 s.",
    labels: ["state"],
};
pub(super) const NODES_FORGOTTEN: Name<0> = Name {
    name: "boathook_nodes_forgotten_total",
    help: "Boathooks that this one forgot because they were not seen for a week; pruning waits for them no longer.",
    labels: [],
};
