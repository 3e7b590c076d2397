//! The body of a webhook, parsed once: JSON in the spellings that real senders use becomes typed
//! parts.
//!
//! It decides nothing: policy says what an environment allows.

use boathook_core::deployment::{
    DeployRequest, Environment, Environments, ExternalId, ImageRef, Namespace, Percent, Repository,
    ServiceName, Strategy,
};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    intake::{
        Refusal, SentManifests,
        fields::{Fields, kind, shown},
        json,
    },
    redact::Redactor,
};

/// The maximum length of a free text.
const WORDS_MAX: usize = 200;

/// The content of a body, before the environment's defaults are filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Payload {
    /// `environment`, by its name or an alias.
    pub environment: Environment,
    /// `image`.
    pub image: ImageRef,
    /// `namespace`.
    pub namespace: Namespace,
    /// `service_name`.
    pub service_name: ServiceName,
    /// `deployment_id`.
    pub deployment_id: Option<ExternalId>,
    /// `commit_sha`.
    pub commit_sha: Option<String>,
    /// `repository`.
    pub repository: Option<Repository>,
    /// `triggered_by`.
    pub triggered_by: Option<String>,
    /// `timestamp`.
    pub timestamp: Option<Timestamp>,
    /// `auto_promotion`, as a bool or as text.
    pub auto_promotion: bool,
    /// `promoted_from`.
    pub promoted_from: Option<String>,
    /// `deployment_strategy`.
    pub strategy: Option<Strategy>,
    /// `traffic_split`: rising and ending at 100; empty if absent.
    pub traffic_split: Vec<Percent>,
    /// `confirmation`.
    pub confirmation: Option<String>,
    /// `allow_older`, as a bool or as text.
    pub allow_older: bool,
    /// `after_rollback`, as a bool or as text.
    pub after_rollback: bool,
    /// `manifests`, not yet unpacked.
    pub manifests: Option<SentManifests>,
    /// `approval`: whether the deployment must be approved first, as a bool or as text.
    pub approval: bool,
    /// `dry_run`: whether the sender asks for a dry run.
    pub dry_run: bool,
    /// Every other field.
    pub extra: Map<String, Value>,
}

impl Payload {
    /// Reads a body for one of these environments. All bad fields are named together.
    pub fn parse(body: &[u8], environments: &Environments) -> Result<Self, Refusal> {
        let mut fields = Fields::new(json::parse_object(body).map_err(Refusal::Malformed)?);
        let environment = environment(&mut fields, environments)?;
        fields.unquote_number("deployment_id");
        let image = fields.required("image", ImageRef::parse);
        let namespace = fields.required("namespace", Namespace::parse);
        let service_name = fields.required("service_name", ServiceName::parse);
        let deployment_id = fields.optional("deployment_id", ExternalId::parse);
        let commit_sha = fields.words("commit_sha", WORDS_MAX);
        let repository = fields.optional("repository", Repository::parse);
        let triggered_by = fields.words("triggered_by", WORDS_MAX);
        let timestamp = fields.optional("timestamp", timestamp);
        let auto_promotion = fields.flag("auto_promotion");
        let promoted_from = fields.words("promoted_from", WORDS_MAX);
        let strategy = fields.optional("deployment_strategy", str::parse);
        let traffic_split = traffic_split(&mut fields);
        let confirmation = fields.words("confirmation", WORDS_MAX);
        let allow_older = fields.flag("allow_older");
        let after_rollback = fields.flag("after_rollback");
        let manifests = manifests(&mut fields);
        let approval = fields.flag("approval");
        let dry_run = fields.flag("dry_run");
        match (environment, image, namespace, service_name, fields.rest()) {
            (
                Some(environment),
                Some(image),
                Some(namespace),
                Some(service_name),
                (extra, problems),
            ) if problems.is_empty() => Ok(Self {
                environment,
                image,
                namespace,
                service_name,
                deployment_id,
                commit_sha,
                repository,
                triggered_by,
                timestamp,
                auto_promotion,
                promoted_from,
                strategy,
                traffic_split,
                confirmation,
                allow_older,
                after_rollback,
                manifests,
                approval,
                dry_run,
                extra,
            }),
            (.., (_, problems)) => Err(Refusal::Fields(problems)),
        }
    }

    /// The payload as it may be recorded: without secrets in free texts, and in fields that
    /// boathook does not know.
    #[must_use]
    pub fn without_secrets(self, redactor: &Redactor) -> Self {
        let clean = |text: Option<String>| text.map(|text| redactor.text(&text).into_owned());
        Self {
            commit_sha: clean(self.commit_sha),
            triggered_by: clean(self.triggered_by),
            confirmation: clean(self.confirmation),
            promoted_from: clean(self.promoted_from),
            extra: redactor.object(self.extra),
            ..self
        }
    }

    /// The request, with defaults filled in; its manifests are unpacked apart.
    #[must_use]
    pub fn into_request(
        self,
        default_strategy: Strategy,
        body_digest: ExternalId,
    ) -> DeployRequest {
        DeployRequest {
            environment: self.environment,
            image: self.image,
            namespace: self.namespace,
            service_name: self.service_name,
            deployment_id: self.deployment_id.unwrap_or(body_digest),
            commit_sha: self.commit_sha,
            repository: self.repository,
            triggered_by: self.triggered_by,
            timestamp: self.timestamp,
            auto_promotion: self.auto_promotion,
            promoted_from: self.promoted_from,
            strategy: self.strategy.unwrap_or(default_strategy),
            traffic_split: self.traffic_split,
            confirmation: self.confirmation,
            allow_older: self.allow_older,
            after_rollback: self.after_rollback,
            manifests: None,
            approval: self.approval,
            extra: self.extra,
        }
    }
}

/// An unknown environment has its own error, so it is checked before any other field.
fn environment(
    fields: &mut Fields,
    environments: &Environments,
) -> Result<Option<Environment>, Refusal> {
    let name = fields.required("environment", |text| Ok::<_, String>(text.to_owned()));
    Ok(name.map(|name| environments.find(&name)).transpose()?)
}

fn timestamp(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| {
        "`timestamp` must be a time in RFC 3339, such as 2026-08-01T12:00:00Z".to_owned()
    })
}

fn manifests(fields: &mut Fields) -> Option<SentManifests> {
    let value = fields.value("manifests")?;
    SentManifests::of(value).map_err(|message| fields.wrong("manifests", message)).ok()
}

fn traffic_split(fields: &mut Fields) -> Vec<Percent> {
    let Some(value) = fields.value("traffic_split") else { return Vec::new() };
    stages(&value).unwrap_or_else(|message| {
        fields.wrong("traffic_split", message);
        Vec::new()
    })
}

fn stages(value: &Value) -> Result<Vec<Percent>, String> {
    let Value::Object(object) = value else {
        return Err(format!(
            "`traffic_split` must be an object such as {{\"initial\":10,\"intermediate\":50,\"final\":100}}, found {}",
            kind(value)
        ));
    };
    if let Some(key) =
        object.keys().find(|key| !matches!(key.as_str(), "initial" | "intermediate" | "final"))
    {
        return Err(format!(
            "`traffic_split` has no `{}`; known: initial, intermediate, final",
            shown(key)
        ));
    }
    let mut stages = Vec::new();
    for name in ["initial", "intermediate", "final"] {
        if let Some(value) = object.get(name) {
            stages.push(percent(name, value)?);
        }
    }
    if !stages.is_sorted() || stages.last() != Some(&Percent::FULL) {
        return Err("`traffic_split` must rise and end at 100".to_owned());
    }
    stages.dedup();
    Ok(stages)
}

fn percent(name: &str, value: &Value) -> Result<Percent, String> {
    let whole = value
        .as_u64()
        .and_then(|number| Percent::new(number).ok())
        .filter(|percent| *percent != Percent::ZERO);
    whole.ok_or_else(|| format!("`traffic_split.{name}` must be a whole number from 1 to 100"))
}
