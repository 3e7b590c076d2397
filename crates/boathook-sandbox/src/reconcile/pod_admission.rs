//! Why the API server refuses a replica set's pod: its service account, the namespace's limits,
//! quota and security level.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    Kind,
    admission::{nanos, no_account},
    names::ObjectName,
    reconcile::{keys::revision_key, pod_object::replica_set},
    state::State,
    store::Key,
};

/// The container that Knative adds to each pod, with what it asks for.
const QUEUE_PROXY: &str = "queue-proxy";
/// What a quota can limit besides the number of pods, and the field of a container that requests
/// it.
const QUOTAS: [(&str, &str, &str); 6] = [
    ("cpu", "requests", "cpu"),
    ("memory", "requests", "memory"),
    ("requests.cpu", "requests", "cpu"),
    ("requests.memory", "requests", "memory"),
    ("limits.cpu", "limits", "cpu"),
    ("limits.memory", "limits", "memory"),
];

impl State {
    /// Why the revision's next pod is refused, in the API server's words; `suffix` is the end of
    /// the name that it would have had.
    pub(super) fn pod_refusal(&self, revision: &ObjectName, suffix: &str) -> Option<String> {
        let run = self.revisions.get(revision)?;
        let spec = &self.store.get(&revision_key(revision))?["spec"];
        let prefix = replica_set(&revision.name, &run.uid);
        let queue = json!({"name": QUEUE_PROXY, "resources": {"requests": {"cpu": "25m"}}});
        self.refusal_of_pod(&revision.namespace, (&prefix, suffix), spec, Some(queue))
    }

    /// Why a pod is refused that would have this name; `more` is a container besides its own.
    pub(super) fn refusal_of_pod(
        &self,
        namespace: &str,
        (prefix, suffix): (&str, &str),
        spec: &Value,
        more: Option<Value>,
    ) -> Option<String> {
        let name = format!("{prefix}-{suffix}");
        if let Some(why) = self.terminating(namespace, &format!("pods \"{name}\"")) {
            return Some(why);
        }
        if let Some(why) = self.missing_account(namespace, spec) {
            return Some(format!("pods \"{prefix}-\" is forbidden: {why}"));
        }
        let containers = self.with_limits(namespace, spec, more);
        let why = self
            .beyond_limits(namespace, spec)
            .or_else(|| self.insecure(namespace, spec))
            .or_else(|| self.beyond_quota(namespace, &containers))?;
        Some(format!("pods \"{name}\" is forbidden: {why}"))
    }

    fn missing_account(&self, namespace: &str, spec: &Value) -> Option<String> {
        let name = spec["serviceAccountName"]
            .as_str()
            .filter(|name| !name.is_empty() && *name != "default")?;
        let missing =
            self.store.get(&Key::new(Kind::ServiceAccount, Some(namespace), name)).is_none();
        missing.then(|| no_account(namespace, name))
    }

    /// The rules of the namespace's limit ranges for single containers.
    fn container_ranges(&self, namespace: &str) -> Vec<Value> {
        let ranges = self.store.list(Kind::LimitRange, Some(namespace));
        let rules = ranges
            .flat_map(|(_, range)| range["spec"]["limits"].as_array().cloned().unwrap_or_default());
        rules.filter(|rule| rule["type"] == "Container").collect()
    }

    fn beyond_limits(&self, namespace: &str, spec: &Value) -> Option<String> {
        let mut wrong = Vec::new();
        for rule in self.container_ranges(namespace) {
            for container in spec["containers"].as_array().into_iter().flatten() {
                for resource in ["cpu", "memory"] {
                    wrong.extend(above(&rule, container, resource));
                    wrong.extend(below(&rule, container, resource));
                }
            }
        }
        match wrong.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            _ => Some(format!("[{}]", wrong.join(", "))),
        }
    }

    /// The pod's containers, each with the limits and requests that the namespace gives to those
    /// that name none.
    fn with_limits(&self, namespace: &str, spec: &Value, more: Option<Value>) -> Vec<Value> {
        let ranges = self.container_ranges(namespace);
        let own = spec["containers"].as_array().cloned().unwrap_or_default();
        let complete = |mut container: Value| {
            for resource in ["cpu", "memory"] {
                for rule in &ranges {
                    let limit = [&rule["default"][resource], &rule["max"][resource]]
                        .into_iter()
                        .find(|value| !value.is_null());
                    fill(&mut container["resources"]["limits"][resource], limit);
                    fill(
                        &mut container["resources"]["requests"][resource],
                        rule["defaultRequest"].get(resource),
                    );
                }
                let limit = container["resources"]["limits"][resource].clone();
                fill(&mut container["resources"]["requests"][resource], Some(&limit));
            }
            container
        };
        own.into_iter().chain(more).map(complete).collect()
    }

    fn beyond_quota(&self, namespace: &str, containers: &[Value]) -> Option<String> {
        self.store.list(Kind::ResourceQuota, Some(namespace)).find_map(|(key, quota)| {
            let hard = quota["spec"]["hard"].as_object()?;
            self.beyond_one(namespace, &key.name, hard, containers)
        })
    }

    fn beyond_one(
        &self,
        namespace: &str,
        name: &str,
        hard: &serde_json::Map<String, Value>,
        containers: &[Value],
    ) -> Option<String> {
        let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (limited, field, resource) in
            QUOTAS.into_iter().filter(|(limited, ..)| hard.contains_key(*limited))
        {
            let silent = containers
                .iter()
                .filter(|container| nanos(&container["resources"][field][resource]).is_none());
            let names: Vec<_> = silent.filter_map(|container| container["name"].as_str()).collect();
            if !names.is_empty() {
                missing.insert(limited, names);
            }
        }
        if !missing.is_empty() {
            let lists = missing.into_iter().map(|(limited, mut names)| {
                names.sort_unstable();
                format!("{limited} for: {}", names.join(","))
            });
            return Some(format!(
                "failed quota: {name}: must specify {}",
                lists.collect::<Vec<_>>().join("; ")
            ));
        }
        let exceeded = hard.iter().find_map(|(limited, most)| {
            let (wanted, used) = self.usage(namespace, limited, containers)?;
            let is_beyond = nanos(&json!(wanted))? + nanos(&json!(used))? > nanos(most)?;
            is_beyond.then(|| {
                format!(
                    "requested: {limited}={wanted}, used: {limited}={used}, limited: {limited}={}",
                    text(most)
                )
            })
        })?;
        Some(format!("exceeded quota: {name}, {exceeded}"))
    }

    /// How much of a limited resource a new pod requests, and how much the namespace's pods use.
    fn usage(
        &self,
        namespace: &str,
        limited: &str,
        containers: &[Value],
    ) -> Option<(String, String)> {
        let pods: Vec<_> =
            self.store.list(Kind::Pod, Some(namespace)).map(|(_, pod)| pod).collect();
        if matches!(limited, "pods" | "count/pods") {
            return Some(("1".to_owned(), pods.len().to_string()));
        }
        let (_, field, resource) = QUOTAS.into_iter().find(|(name, ..)| *name == limited)?;
        let sum = |all: &[Value]| {
            all.iter().filter_map(|one| nanos(&one["resources"][field][resource])).sum::<i128>()
        };
        let used = pods
            .iter()
            .filter_map(|pod| pod["spec"]["containers"].as_array())
            .map(|all| sum(all))
            .sum();
        Some((amount(sum(containers), resource), amount(used, resource)))
    }

    /// What the namespace's security level forbids; Knative's own container keeps the rules.
    fn insecure(&self, namespace: &str, spec: &Value) -> Option<String> {
        let labels =
            &self.store.get(&Key::new(Kind::Namespace, None, namespace))?["metadata"]["labels"];
        if labels["pod-security.kubernetes.io/enforce"] != "restricted" {
            return None;
        }
        let version =
            labels["pod-security.kubernetes.io/enforce-version"].as_str().unwrap_or("latest");
        let containers = spec["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
        let open = RESTRICTED
            .iter()
            .filter_map(|rule| rule.complaint(&spec["securityContext"], containers));
        let all = open.collect::<Vec<_>>();
        (!all.is_empty())
            .then(|| format!("violates PodSecurity \"restricted:{version}\": {}", all.join(", ")))
    }
}

/// One rule of the level `restricted`.
struct SecurityRule {
    name: &'static str,
    demand: &'static str,
    /// Whether the pod may say it for all its containers.
    of_pod: bool,
    is_kept: fn(&Value) -> bool,
}

const RESTRICTED: [SecurityRule; 4] = [
    SecurityRule {
        name: "allowPrivilegeEscalation != false",
        demand: "securityContext.allowPrivilegeEscalation=false",
        of_pod: false,
        is_kept: |context| context["allowPrivilegeEscalation"] == false,
    },
    SecurityRule {
        name: "unrestricted capabilities",
        demand: "securityContext.capabilities.drop=[\"ALL\"]",
        of_pod: false,
        is_kept: |context| {
            context["capabilities"]["drop"]
                .as_array()
                .is_some_and(|all| all.iter().any(|one| one == "ALL"))
        },
    },
    SecurityRule {
        name: "runAsNonRoot != true",
        demand: "securityContext.runAsNonRoot=true",
        of_pod: true,
        is_kept: |context| context["runAsNonRoot"] == true,
    },
    SecurityRule {
        name: "seccompProfile",
        demand: "securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"",
        of_pod: true,
        is_kept: |context| {
            matches!(
                context["seccompProfile"]["type"].as_str(),
                Some("RuntimeDefault" | "Localhost")
            )
        },
    },
];

impl SecurityRule {
    fn complaint(&self, pod: &Value, containers: &[Value]) -> Option<String> {
        let kept_by_pod = self.of_pod && (self.is_kept)(pod);
        let open = containers
            .iter()
            .filter(|container| !kept_by_pod && !(self.is_kept)(&container["securityContext"]));
        let names: Vec<_> = open
            .map(|container| format!("\"{}\"", container["name"].as_str().unwrap_or_default()))
            .collect();
        let who = match names.as_slice() {
            [] => return None,
            [_] => "container",
            _ => "containers",
        };
        let pod = if self.of_pod { "pod or " } else { "" };
        Some(format!("{} ({pod}{who} {} must set {})", self.name, names.join(", "), self.demand))
    }
}

fn above(rule: &Value, container: &Value, resource: &str) -> Option<String> {
    let most = &rule["max"][resource];
    let limit = &container["resources"]["limits"][resource];
    let is_above = nanos(limit)? > nanos(most)?;
    is_above.then(|| {
        format!(
            "maximum {resource} usage per Container is {}, but limit is {}",
            text(most),
            text(limit)
        )
    })
}

fn below(rule: &Value, container: &Value, resource: &str) -> Option<String> {
    let least = &rule["min"][resource];
    let request = &container["resources"]["requests"][resource];
    let is_below = nanos(request)? < nanos(least)?;
    is_below.then(|| {
        format!(
            "minimum {resource} usage per Container is {}, but request is {}",
            text(least),
            text(request)
        )
    })
}

fn fill(place: &mut Value, with: Option<&Value>) {
    if place.is_null()
        && let Some(value) = with
    {
        *place = value.clone();
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// An amount as a quota writes it: CPU in thousandths, memory in bytes.
fn amount(nanos: i128, resource: &str) -> String {
    if resource == "cpu" && nanos % 1_000_000_000 != 0 {
        format!("{}m", nanos / 1_000_000)
    } else {
        (nanos / 1_000_000_000).to_string()
    }
}
