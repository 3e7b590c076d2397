//! What commands print, all in one place. Nothing here is escaped yet: the caller that prints it
//! does that.

use boathook_core::{
    clock::date_and_time,
    deployment::{
        ArtifactRef, BundleDigest, ChangeKind, Digest, DryRunReport, Environment, ExternalId,
        ObjectChange,
    },
    record::{KeepsOut, Lock, Outcome, ServiceHold, Withdrawal, approvals_given, window_opening},
    rollout::Action,
};
use jiff::Timestamp;

use crate::{
    check::{Report, Severity},
    journal::{DeploymentView, ServiceView},
};

/// A worker started the deployment.
pub(crate) const STARTED: &str = "reading the cluster";
/// An operator approved it.
pub(crate) const APPROVED: &str = "approved";
/// An operator rejected it.
pub(crate) const REJECTED: &str = "rejected";
/// No lock holds.
pub(crate) const NONE_LOCKED: &str = "nothing is locked";
/// No service is held.
pub(crate) const NONE_HELD: &str = "no service is held";
/// No digest is withdrawn.
pub(crate) const NONE_WITHDRAWN: &str = "no digest is withdrawn";
/// The lock is for every service of the environment.
pub const ALL: &str = "all";
/// The lock ends when someone ends it.
pub(crate) const UNTIL_UNLOCKED: &str = "it is unlocked";
/// There is nothing to list.
pub(crate) const NONE_LISTED: &str = "no deployments";

/// There can be no other boathook on the record.
pub(crate) const ONE_NODE: &str =
    "one node: this boathook has its record for itself (SQLite), and leads";
/// The lead is free.
pub(crate) const NOBODY_LEADS: &str = "nobody leads: nothing is deployed until one of them does";

/// Who leads, since when and for how long.
pub(crate) fn leads(node: &str, since: &str, left: &str) -> String {
    format!("{node} leads since {since}; without a renewal its lease ends in {left}")
}

/// No service is on record.
pub(crate) const NO_SERVICES: &str = "no services: nothing has been deployed yet";

/// Nothing is configured.
pub(crate) const NO_ENVIRONMENTS: &str =
    "no environments: put a NAME.yaml for each beside default.yaml";

/// What is on its way to services, below the environments.
pub(crate) const ON_THE_WAY: &str = "on the way:";

/// What a table of what serves cannot hold of a service.
pub fn service_notes(view: &ServiceView) -> Vec<String> {
    let place = format!("{}/{} in {}", view.namespace, view.service, view.environment);
    let unknown = view.serving.is_empty().then(|| "nothing has succeeded yet".to_owned());
    let locked = view.locked.as_ref().map(|reason| format!("locked: {reason}"));
    let held = view.held_in_words().map(|words| format!("held: {words}"));
    let withdrawn = view.withdrawn.as_ref().map(|why| format!("withdrawn: {why}"));
    let watched = view
        .watched_until
        .map(|until| format!("watched until {}, clean so far", date_and_time(until)));
    let notes = unknown.into_iter().chain(view.doubt.clone()).chain(locked).chain(held);
    let waits = view.promotions_wait.iter().map(|wait| promotion_waits(wait));
    let notes = notes.chain(withdrawn).chain(watched).chain(waits);
    notes.map(|note| format!("{place}: {note}")).collect()
}

/// Something that has not happened yet.
pub const NEVER: &str = "never";

/// When a secret expires.
pub fn expiry(not_after: Option<Timestamp>, ended: bool) -> String {
    match not_after {
        None => "no end".to_owned(),
        Some(at) if ended => format!("{}, ended", date_and_time(at)),
        Some(at) => date_and_time(at),
    }
}

/// The new configuration is in use.
pub(crate) const RELOADED: &str = "reloaded";

/// A key whose new value waits.
pub(crate) fn needs_restart(key: &str) -> String {
    format!("needs a restart: {key}")
}

/// A secret that a reload cannot renew.
pub(crate) fn as_at_start(secret: &str) -> String {
    format!("as it was at the start (systemd credential; restart if you replaced it): {secret}")
}

/// What the configuration names and is not there.
pub(crate) fn warning(text: &str) -> String {
    format!("warning: {text}")
}

/// The request was taken; a repeat has a state already.
pub fn taken(id: &ExternalId, state: Option<&str>) -> String {
    match state {
        None => format!("accepted as deployment {id}"),
        Some(state) => format!("deployment {id} was sent before: {}", spaced(state)),
    }
}

/// The request is a deployment on GitHub.
pub(crate) fn created_on_github(id: &ExternalId, number: u64, environment: &str) -> String {
    format!("deployment {id}: created as deployment {number} of {environment} on GitHub")
}

/// boathook made a deployment on GitHub for the request.
pub(crate) fn found_on_github(number: u64, environment: &str) -> String {
    format!("boathook took it: deployment {number} of {environment} on GitHub")
}

/// A relay has the request.
pub(crate) fn handed_over(id: &ExternalId, host: &str) -> String {
    format!(
        "deployment {id}: handed to the relay at {host}; that says nothing of what boathook does"
    )
}

/// Nobody here learns what becomes of it.
pub(crate) fn not_followed() -> String {
    note(
        "what becomes of it is not followed; GITHUB_TOKEN or --github-token-file lets it be followed on GitHub",
    )
}

/// boathook knows the id, and not for this request.
pub(crate) fn other_request(id: &ExternalId, image: &str) -> String {
    format!(
        "deployment_id `{id}` already names another request, which deploys {image}; send a new --deployment-id for a new deployment"
    )
}

/// boathook made no deployment on GitHub for the request.
pub(crate) fn none_on_github(timeout: &str) -> String {
    format!(
        "no deployment for the request appeared there within {timeout}; if boathook refused it, its audit log says why (`boathook audit show`); does its configuration name this repository in github.repositories?"
    )
}

/// Nobody said anything of a deployment on GitHub.
pub(crate) fn no_status(number: u64, timeout: &str) -> String {
    format!(
        "deployment {number} has no status after {timeout}: does boathook run, and does its configuration name this repository in github.repositories?"
    )
}

/// How a deployment ended, or its status at the deadline, as GitHub shows it.
pub(crate) fn outcome_on_github(state: &str, why: &str, place: &str, image: &str) -> String {
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    match state {
        "success" => format!("succeeded: {place} serves {image}"),
        "failure" => format!("failed or rolled back in {place}{why}"),
        "error" => format!("not deployed to {place}{why}"),
        "inactive" => format!("not serving in {place}{why}"),
        open => format!("still {} at the deadline: {place}{why}", spaced(open)),
    }
}

/// A field of the request that boathook does not know.
pub(crate) fn ignored(field: &str) -> String {
    format!("note: boathook does not know the field `{field}`, and ignored it")
}

/// What a dry run plans, one line each.
pub(crate) fn dry_run_plan(report: &DryRunReport) -> Vec<String> {
    let DryRunReport {
        steps,
        rollback,
        stable,
        image,
        manifests,
        changes: _,
        notes: _,
        problems: _,
    } = report;
    let serves = stable.as_ref().map(|stable| format!("serves now: {stable}"));
    let image = image.as_ref().map(|image| format!("image: {image}"));
    let manifests = manifests.as_ref().map(|from| format!("manifests: {from}"));
    let numbered =
        steps.iter().enumerate().map(|(at, title)| format!("[{}/{}] {title}", at + 1, steps.len()));
    let back = rollback.iter().map(|title| format!("rollback: {title}"));
    serves.into_iter().chain(image).chain(manifests).chain(numbered).chain(back).collect()
}

/// What a dry run finds, one line each, and its verdict.
pub(crate) fn dry_run_findings(report: &DryRunReport) -> Vec<String> {
    let notes = report.notes.iter().map(|text| note(text));
    let problems = report.problems.iter().map(|problem| format!("problem: {problem}"));
    let verdict = if report.problems.is_empty() {
        "dry run: no problems"
    } else {
        "dry run: problems were found"
    };
    notes.chain(problems).chain([verdict.to_owned()]).collect()
}

/// What happens to an object, and where it is.
pub(crate) fn object_change(change: &ObjectChange) -> String {
    let ObjectChange { object, namespace, change, diff: _ } = change;
    let place = namespace.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
    format!("{}: {object}{place}", change.name())
}

/// The objects that stay as they are, in one line.
pub(crate) fn unchanged(changes: &[&ObjectChange]) -> Option<String> {
    let names: Vec<&str> = changes.iter().map(|change| change.object.as_str()).collect();
    (!names.is_empty()).then(|| format!("{}: {}", ChangeKind::Unchanged.name(), names.join(", ")))
}

/// Which manifests go along.
pub(crate) fn bundle(digest: &BundleDigest, files: usize, bytes: usize) -> String {
    let files = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
    format!("manifests: bundle {digest}, {files} of {bytes} bytes")
}

/// The manifests that boathook is to fetch.
pub(crate) fn artifact(artifact: &ArtifactRef) -> String {
    format!("manifests: {artifact}, which boathook fetches")
}

/// Where to watch it.
pub(crate) fn status_at(url: &str) -> String {
    format!("status: {url}")
}

/// `watch` shows nothing under way.
pub const NOTHING_LIVE: &str = "nothing is being deployed";
/// What `watch` shows below it.
pub const LAST_ENDED: &str = "ended last:";

/// More deployments than `watch` shows.
pub fn more_live(more: usize) -> String {
    format!("and {more} more; boathook list shows them")
}

/// A follower asked, and got no answer.
pub const AWAY: &str = "its status cannot be read now; trying again";

/// A follower was told that there is no such deployment any more.
pub const GONE: &str = "there is no record of it any more: it has ended, and was pruned";

/// It has not started.
pub fn queued(reason: &str) -> String {
    format!("queued: {reason}")
}

/// Every step was decided.
pub fn planned(steps: usize) -> String {
    format!("planned {steps} steps")
}

pub fn step(number: usize, of: usize, back: bool, title: &str) -> String {
    let direction = if back { "rolling back, " } else { "" };
    let of = of.max(number);
    format!("[{direction}{number}/{of}] {title}")
}

/// A step failed; the planning has no name.
pub fn step_failed(step: &str, reason: &str) -> String {
    if step.is_empty() { format!("failed: {reason}") } else { format!("{step} failed: {reason}") }
}

/// A rollback step failed.
pub fn rollback_failed(step: &str, reason: &str) -> String {
    format!("rollback failed, an operator is needed: {}", step_failed(step, reason))
}

/// An operator steered the deployment.
pub fn steered(action: &str, by: &str) -> String {
    format!("{} by {by}", spaced(action))
}

/// An operator's command was recorded.
pub const fn asked(action: Action) -> &'static str {
    match action {
        Action::Pause => "paused",
        Action::Resume => "resumed",
        Action::Promote => "promoted past its hold:",
        Action::PromoteFully => "promoted to 100 %:",
        Action::Abort => "aborted:",
    }
}

/// Another attempt was accepted.
pub(crate) fn tried_again(attempt: u32, id: &str, deployment: &str) -> String {
    format!("accepted as {id}: attempt {attempt} at {deployment}")
}

/// How to follow what was accepted.
pub(crate) fn follow(id: &str) -> String {
    format!("follow it: boathook show {id} --follow")
}

/// A rollback was accepted.
pub fn rolling_back(id: &str, place: &str) -> String {
    format!("accepted as {id}: {place} rolls back")
}

/// A redeploy was accepted.
pub(crate) fn redeploying(id: &str, place: &str, image: &str) -> String {
    format!("accepted as {id}: {place} deploys {image} again, with its manifests as they are now")
}

/// A redeploy has its turn after another deployment.
pub(crate) fn waits_for(id: &str) -> String {
    note(&format!("it waits for {id}; if that brings another image, it ends without a change"))
}

/// What waits for an approval or a window, and whose place a redeploy does not take.
pub(crate) fn goes_on_waiting(id: &str) -> String {
    note(&format!(
        "{id} goes on waiting for its approval or window; boathook show {id} says for what"
    ))
}

/// How a deployment ended, or its status at the deadline, and its notes.
pub fn outcome(history: &DeploymentView) -> Vec<String> {
    let notes = history.notes.iter().map(|text| note(text));
    std::iter::once(result(history)).chain(notes).collect()
}

/// A note for people.
pub fn note(text: &str) -> String {
    format!("note: {text}")
}

/// How a deployment ended, or its status at the deadline.
fn result(history: &DeploymentView) -> String {
    let place = history.place();
    let why = history.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    match (history.status.end(), history.to_do()) {
        (Some(Outcome::Succeeded), _) => {
            let image = history.resolved_image.as_ref().unwrap_or(&history.image);
            let revision = history
                .candidate
                .as_ref()
                .map(|name| format!(" (revision {name})"))
                .unwrap_or_default();
            format!("succeeded: {place} serves {image}{revision}")
        }
        (Some(end), _) => format!("{} in {place}{why}", spaced(end.name())),
        (None, to_do) if history.status.is_settled() => {
            format!("rollback failed in {place}{why}; {}", to_do.unwrap_or_default())
        }
        (None, to_do) => {
            let to_do = to_do.map(|to_do| format!("; {to_do}")).unwrap_or_default();
            format!("still {} at the deadline: {place}{why}{to_do}", history.status.words())
        }
    }
}

/// The deployment was accepted and never seen after.
pub(crate) fn not_seen(status_url: &str) -> String {
    format!("accepted, but its status could not be read before the deadline; see {status_url}")
}

/// A word of the API with spaces.
pub fn spaced(word: &str) -> String {
    word.replace('_', " ")
}

/// It needs the approvals of so many operators.
pub(crate) fn awaits_approval(until: Timestamp, needed: u32) -> String {
    let what = if needed == 1 { "approval".to_owned() } else { format!("{needed} approvals") };
    format!("awaiting {what} until {}: approve it with `boathook approve`", date_and_time(until))
}

/// It begins when a deployment window opens.
pub(crate) fn awaits_window(opens_at: Timestamp, held: Option<&str>) -> String {
    format!("awaiting {}", window_opening(opens_at, held))
}

/// An operator let the deployment under way past closed deployment windows.
pub(crate) fn let_past(by: &str) -> String {
    format!("let past its deployment windows by {by}")
}

/// An operator let it past closed deployment windows.
pub(crate) fn overridden(deployment: &str, id: &str) -> String {
    format!(
        "let past its deployment windows: {deployment}; marked until `boathook acknowledge {id}`"
    )
}

/// Nobody has acknowledged that yet.
pub(crate) fn unacknowledged(id: &str) -> String {
    format!("overridden, and not acknowledged: boathook acknowledge {id}")
}

/// An operator acknowledged that.
pub(crate) fn acknowledged(deployment: &str) -> String {
    format!("acknowledged the override of {deployment}")
}

/// An operator approved it, as the `given`-th of those that are needed.
pub fn approved(by: &str, note: Option<&str>, given: u32, needed: u32) -> String {
    let count = if needed <= 1 { String::new() } else { format!(" ({given} of {needed})") };
    let note = note.map(|note| format!(": {note}")).unwrap_or_default();
    format!("{APPROVED} by {by}{count}{note}")
}

/// An operator's approval was recorded.
pub(crate) fn approval_recorded(deployment: &str, given: &[String], needed: u32) -> String {
    let count =
        if needed == 1 { String::new() } else { format!(": {}", approvals_given(given, needed)) };
    format!("{APPROVED} {deployment}{count}")
}

/// A lock was set.
pub fn locked(lock: &Lock) -> String {
    format!("locked {}, {}: {}", lock.place(), lock.terms(), lock.reason)
}

/// A lock was ended.
pub fn unlocked(lock: &Lock) -> String {
    format!("unlocked {}", lock.place())
}

/// A digest was withdrawn.
pub(crate) fn withdrawn(digest: &Digest) -> String {
    format!("withdrawn: {digest} does not count as proven")
}

/// A promotion waits for its digest to be proven.
pub(crate) fn promotion_waits(wait: &str) -> String {
    format!("its promotion waits, {wait}")
}

/// An operator has a promotion sent.
pub(crate) fn promotion_hurried(deployment: &str, to: Environment) -> String {
    format!(
        "its own soak and waves do not hold the promotion of {deployment} to {to} any more; if {to} requires more, `boathook environments` \
         shows what it waits for"
    )
}

/// An operator has a promotion sent past what is required there.
pub(crate) fn promotion_overridden(deployment: &str, to: Environment, id: &str) -> String {
    format!(
        "sent past what {to} requires: the promotion of {deployment}; marked until `boathook acknowledge {id}`"
    )
}

/// An operator ended a promotion.
pub(crate) fn promotion_cancelled(deployment: &str, to: Environment) -> String {
    format!("cancelled: the promotion of {deployment}, to {to}")
}

/// A promotion that waited ended with it.
pub(crate) fn promotion_ended(id: &str) -> String {
    format!("ended: the promotion {id}, which waited")
}

/// A withdrawn digest serves somewhere all the same.
pub(crate) fn still_serves(place: &str) -> String {
    format!("warning: it still serves {place}; boathook rollback takes it out of service")
}

/// A rollback holds the service.
pub(crate) fn held(place: &str, keeps_out: KeepsOut, release: &str) -> String {
    format!("held: {place} takes no {keeps_out} until `{release}`")
}

/// A hold was ended.
pub(crate) fn released(hold: &ServiceHold) -> String {
    format!("released {} in {}, held since {}", hold.service, hold.environment, hold.terms())
}

/// A digest was reinstated.
pub(crate) fn reinstated(withdrawal: &Withdrawal) -> String {
    format!("reinstated: {} counts again; {withdrawal}", withdrawal.digest)
}

/// A deployment's facts and notes, without its steps.
pub fn facts(history: &DeploymentView) -> Vec<[String; 2]> {
    let facts =
        history.facts().into_iter().map(|fact| [fact.name.to_owned(), fact.value.to_string()]);
    facts.chain(history.notes.iter().map(|note| ["note".to_owned(), note.clone()])).collect()
}

/// The severity of a finding of `boathook check`.
pub const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "ok",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The last line of `boathook check`.
pub fn checked(report: &Report) -> String {
    let count = |severity, one: &str, many: &str| {
        let count = report.count(severity);
        format!("{count} {}", if count == 1 { one } else { many })
    };
    let errors = count(Severity::Error, "error", "errors");
    let warnings = count(Severity::Warning, "warning", "warnings");
    match report.severity {
        Severity::Ok => "all is well".to_owned(),
        Severity::Warning => warnings,
        Severity::Error => format!("{errors}, {warnings}"),
    }
}
