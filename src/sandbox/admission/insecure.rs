//! The warning that Knative gives on every write of a service whose containers say nothing about their security.

use serde_json::Value;

const FIELDS: [&str; 4] = ["allowPrivilegeEscalation", "capabilities", "runAsNonRoot", "seccompProfile"];

/// The warning, where there is something to warn of.
pub(super) fn warning(template: &Value) -> Option<String> {
    let pod = &template["spec"]["securityContext"];
    let containers = template["spec"]["containers"].as_array()?;
    let mut missing = Vec::new();
    for (index, container) in containers.iter().enumerate() {
        let own = &container["securityContext"];
        let open = FIELDS.iter().filter(|field| own[**field].is_null() && pod[**field].is_null());
        missing.extend(open.map(|field| format!("spec.template.spec.containers[{index}].securityContext.{field}")));
    }
    let text = "Kubernetes default value is insecure, Knative may default this to secure in a future release: ";
    (!missing.is_empty()).then(|| format!("{text}{}", missing.join(", ")))
}
