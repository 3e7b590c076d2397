//! Whether boathook's account may run the Jobs that must succeed, asked before anything is changed.

use boathook_core::{permissions::JOB_VERBS, rollout::steps::RunJob};

use crate::engine::{survey_error::SurveyError, surveyor::Surveyor};

/// Jobs as kubectl names them.
const JOBS: &str = "jobs.batch";

impl Surveyor<'_> {
    /// Asks for each verb; without Jobs nothing is asked.
    pub(super) async fn check_job_permissions(&self, jobs: &[RunJob]) -> Result<(), SurveyError> {
        let Some(first) = jobs.first() else { return Ok(()) };
        let namespace = &self.request.namespace;
        let mut denied = Vec::new();
        for verb in JOB_VERBS {
            if !self.cluster().may(namespace, verb, JOBS).await? {
                denied.push(verb);
            }
        }
        if denied.is_empty() {
            return Ok(());
        }
        Err(SurveyError::NotAllowed(format!(
            "{} must succeed, and boathook's account may not {} jobs in {namespace}; its operator adds that to the role (boathook rbac)",
            first.name,
            denied.join(", ")
        )))
    }
}
