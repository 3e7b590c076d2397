//! What access control allows boathook's account.
//!
//! One kubectl asks many questions: it creates a `SelfSubjectAccessReview` for each, which is what
//! `kubectl auth can-i` does for one. The API server answers them and keeps none.

use std::path::Path;

use boathook_core::deployment::Namespace;
use serde_json::{Value, json};
use tokio::fs;

use crate::cluster::{Cluster, ClusterError};

/// The file with the questions.
const FILE: &str = "access-reviews.json";
/// How many questions one kubectl asks.
const AT_ONCE: usize = 200;
/// The program's name in errors.
const PROGRAM: &str = "kubectl create -f access-reviews.json";

/// Whether the account may do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessQuestion {
    /// Where; none for a kind that belongs to no namespace, or for all of them.
    pub namespace: Option<Namespace>,
    /// Such as `get`.
    pub verb: String,
    /// The API group; empty for the core.
    pub group: String,
    /// The resource, such as `pods/log`.
    pub resource: String,
    /// The one object that is meant; none for all.
    pub name: Option<String>,
}

impl AccessQuestion {
    /// Whether the account may do everything everywhere.
    #[must_use]
    pub fn of_everything() -> Self {
        Self {
            namespace: None,
            verb: "*".to_owned(),
            group: "*".to_owned(),
            resource: "*".to_owned(),
            name: None,
        }
    }

    fn attributes(&self) -> Value {
        let Self { namespace, verb, group, resource, name } = self;
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        json!({
            "namespace": namespace.as_ref().map_or("", Namespace::as_str), "verb": verb, "group": group,
            "resource": resource, "subresource": subresource, "name": name.as_deref().unwrap_or_default(),
        })
    }

    fn review(&self) -> Value {
        json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": self.attributes()},
        })
    }

    /// What an answer says; none if it is the answer to something else.
    fn answered(&self, answer: &Value) -> Option<bool> {
        let asked = self.attributes();
        let fields = asked.as_object()?;
        let repeated = &answer["spec"]["resourceAttributes"];
        // An API server leaves empty fields out.
        let is_ours = fields
            .iter()
            .all(|(field, value)| repeated[field].as_str().unwrap_or_default() == value);
        answer["status"]["allowed"].as_bool().filter(|_| is_ours)
    }
}

impl Cluster {
    /// The answers to these questions, in their order. `work` is a folder of the caller's own.
    pub async fn may_each(
        &self,
        work: &Path,
        questions: &[AccessQuestion],
    ) -> Result<Vec<bool>, ClusterError> {
        let mut answers = Vec::with_capacity(questions.len());
        for some in questions.chunks(AT_ONCE) {
            answers.extend(self.answers(work, some).await?);
        }
        Ok(answers)
    }

    async fn answers(
        &self,
        work: &Path,
        questions: &[AccessQuestion],
    ) -> Result<Vec<bool>, ClusterError> {
        let reviews: Vec<Value> = questions.iter().map(AccessQuestion::review).collect();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": reviews});
        let written = async {
            fs::create_dir_all(work).await?;
            fs::write(work.join(FILE), list.to_string()).await
        };
        written.await.map_err(|error| {
            unreadable(format!("the questions cannot be written to {}: {error}", work.display()))
        })?;
        let arguments = ["create", "-f", FILE, "-o", "json", "--validate=false"];
        let sent =
            self.kubectl_send(Some(work.to_owned()), &arguments, self.timeouts.get).await?.answer;
        let answers: Vec<Value> = serde_json::Deserializer::from_slice(&sent.bytes)
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(|error| unreadable(error.to_string()))?;
        let matching: Option<Vec<bool>> = questions
            .iter()
            .zip(&answers)
            .map(|(question, answer)| question.answered(answer))
            .collect();
        matching.filter(|matching| matching.len() == questions.len()).ok_or_else(|| {
            unreadable(format!(
                "{} questions were asked, and the {} answers do not fit them",
                questions.len(),
                answers.len()
            ))
        })
    }
}

fn unreadable(reason: String) -> ClusterError {
    ClusterError::Unreadable { program: PROGRAM.to_owned(), reason }
}
