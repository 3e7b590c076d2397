//! What the queue-proxies beside the programs count, as Prometheus scrapes it.

use std::fmt::Write as _;

const NAME: &str = "revision_app_request_count";

/// The page: answers by namespace, revision and status.
pub(super) fn page(answers: &[(String, String, u16, u64)]) -> String {
    let mut page = format!(
        "# HELP {NAME} The number of requests that are routed to user-container\n# TYPE {NAME} counter\n"
    );
    for (namespace, revision, status, count) in answers {
        let class = status / 100;
        // Writing into text cannot fail.
        let _ = writeln!(
            page,
            "{NAME}{{namespace_name=\"{namespace}\",revision_name=\"{revision}\",response_code=\"{status}\",response_code_class=\"{class}xx\"}} {count}"
        );
    }
    page
}
