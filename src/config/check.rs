//! Rules across several keys, and rules that types cannot express.

use std::time::Duration;

use boathook_core::{
    deployment::{BODY_MAX, Percent, Strategy, probe_header_fault},
    health::{Latency, Method},
};

use crate::config::{
    EnvironmentConfig, HeaderText, HealthConfig, Network, Pattern, ServiceConfig, Stage,
    global::Globals, notify,
};

/// A request can be sent from a window before its timestamp until a window after it, and its
/// identity is kept for a day at least.
const WINDOW_MAX: Duration = Duration::from_secs(12 * 60 * 60);

/// Key paths with what is wrong there.
pub(super) type Findings = Vec<(String, String)>;

/// The maximum number of paths that are probed at the same time.
const PATHS_MAX: usize = 10;
/// The maximum number of headers of a probe.
const HEADERS_MAX: usize = 20;

/// The problem of a key under `services` that is no service's name.
pub(super) const SERVICE_NAME: &str =
    "is no service: write NAME, or NAMESPACE/NAME, each at most 63 of a-z, 0-9 and `-`";
/// The problem of a service with settings that no request can name.
pub(super) const SERVICE_NOT_ALLOWED: &str = "is never deployed here: allow.services and allow.namespaces do not name it; correct the name, or allow it there";

/// A smaller file would hold hardly one deployment.
const AUDIT_FILE_MIN: u64 = 65_536;

/// What is wrong with the settings of the whole program.
pub(super) fn globals(config: &Globals) -> Findings {
    let Globals {
        server,
        operator,
        state,
        audit,
        scheduler,
        tools,
        replay,
        log: _,
        notify: receivers,
    } = config;
    let url_whole =
        server.public_url.starts_with("http://") || server.public_url.starts_with("https://");
    let is_program = |words: &[String]| {
        words.first().is_some_and(|word| !word.is_empty() && !word.starts_with('-'))
    };
    let mut all = findings([
        (
            !server.is_exposed(),
            "server.listen",
            "plain HTTP on this address needs a proxy in front: name it in server.trusted_proxies, set server.tls, or listen on 127.0.0.1",
        ),
        (
            !operator.is_exposed(),
            "operator.listen",
            "must be an address of loopback such as 127.0.0.1:8081: anyone who reaches it reads everything, programs' output too, without a \
             password; from elsewhere come through ssh (ssh -L 8081:127.0.0.1:8081 NODE)",
        ),
        (
            url_whole && !server.public_url.ends_with('/'),
            "server.public_url",
            "must begin with http:// or https:// and not end with /",
        ),
        (
            (1..=BODY_MAX).contains(&server.max_body_bytes),
            "server.max_body_bytes",
            "must be more than 0 and at most 4194304 (4 MiB)",
        ),
        (server.requests_per_minute > 0, "server.requests_per_minute", "must be more than 0"),
        (
            server.trusted_proxies.iter().all(Network::is_narrow),
            "server.trusted_proxies",
            "must name the proxies, in networks of /8 or less (IPv6: /16 or less): anyone who is in them can claim to be anyone",
        ),
        (
            state.keep_days > 0,
            "state.keep_days",
            "must be at least 1: a pruned request could be sent a second time",
        ),
        (
            replay.window <= WINDOW_MAX,
            "replay.window",
            "must be at most 12h: a request that may still be sent must not be pruned, and `keep_days: 1` is a day",
        ),
        (audit.max_bytes >= AUDIT_FILE_MIN, "audit.max_bytes", "must be 65536 or more"),
        (scheduler.running > 0, "scheduler.running", "must be more than 0"),
        (scheduler.queued > 0, "scheduler.queued", "must be more than 0"),
        (is_program(&tools.kubectl), "tools.kubectl", "must begin with a program"),
        (is_program(&tools.crictl), "tools.crictl", "must begin with a program"),
        (is_program(&tools.ctr), "tools.ctr", "must begin with a program"),
        (tools.output_cap_bytes > 0, "tools.output_cap_bytes", "must be more than 0"),
    ]);
    all.extend(notify::faults(receivers));
    all
}

/// What is wrong with the settings of one environment.
pub(super) fn environment(config: &EnvironmentConfig) -> Findings {
    let manifests = !config.manifests.as_os_str().is_empty();
    let pull = config.pull.command.as_ref().is_none_or(|words| !words.is_empty());
    let known = config.require.proven.is_none() || config.pull.enabled || !config.allow.tags;
    let domain = !config.url.domain.is_empty() && !config.url.domain.contains([':', '/', ' ']);
    let frozen = config.frozen.as_ref().is_none_or(|reason| !reason.trim().is_empty());
    let mut all = findings([
        (manifests, "manifests", "must name a folder"),
        (
            frozen,
            "frozen",
            "must say why, for those who are refused; without the key it is not frozen",
        ),
        (pull, "pull.command", "must begin with a program"),
        (
            known,
            "require.proven",
            "needs `pull.enabled`, which tells a tag's digest before anything is changed, or `allow.tags: false`",
        ),
        (domain, "url.domain", "must be a domain such as example.com, without scheme and port"),
        (
            config.allow.images.iter().all(Pattern::is_repository),
            "allow.images",
            "must name repositories without tag and digest, such as \"ghcr.io/acme/game\"; whether tags are taken is what allow.tags says",
        ),
        (
            config.strategy.allowed.contains(&config.strategy.default),
            "strategy.allowed",
            "must hold the default strategy",
        ),
    ]);
    for strategy in &config.strategy.allowed {
        let stages = config.traffic.stages.get(strategy).map_or(&[][..], Vec::as_slice);
        if !rises_to_the_whole(stages) {
            all.push(stages_fault(*strategy));
        }
    }
    all.extend(health(&config.health));
    all
}

/// What is wrong with the settings of one service.
pub(super) fn service(environment: &EnvironmentConfig, config: &ServiceConfig) -> Findings {
    let known = self::environment(environment);
    self::environment(&environment.with(config))
        .into_iter()
        .filter(|found| !known.contains(found))
        .collect()
}

fn rises_to_the_whole(stages: &[Stage]) -> bool {
    let rises = stages.is_sorted_by(|one, next| one.percent < next.percent);
    let begins_above_nothing = stages.first().is_some_and(|stage| stage.percent > Percent::ZERO);
    rises
        && begins_above_nothing
        && stages.last().is_some_and(|stage| stage.percent == Percent::FULL)
}

fn stages_fault(strategy: Strategy) -> (String, String) {
    (
        format!("traffic.stages.{strategy}"),
        "must have stages whose percentages rise from above 0 to 100".to_owned(),
    )
}

fn health(config: &HealthConfig) -> Findings {
    let HealthConfig { expect_status, consecutive_failures, window, latency, verify, .. } = config;
    let percentile = |limit: Option<Latency>| limit.is_none_or(Latency::is_sound);
    let statuses = !expect_status.is_empty() && expect_status.iter().all(|codes| codes.is_sound());
    let verify_latency = verify.as_ref().and_then(|verify| verify.latency);
    let mut all = findings([
        (
            statuses,
            "health.expect_status",
            "must list status codes from 100 to 599, or ranges of them",
        ),
        (*consecutive_failures > 0, "health.consecutive_failures", "must be more than 0"),
        (window.failures <= window.of, "health.window", "`failures` must not exceed `of`"),
        (percentile(*latency), "health.latency.percentile", "must be from 1 to 100"),
        (percentile(verify_latency), "health.verify.latency.percentile", "must be from 1 to 100"),
        (
            verify.as_ref().is_none_or(|verify| verify.samples > 0),
            "health.verify.samples",
            "must be more than 0",
        ),
    ]);
    all.extend(question(config));
    all
}

/// What is wrong with the settings of a probe.
fn question(config: &HealthConfig) -> Findings {
    let HealthConfig { path, method, host, headers, grpc, expect_body, verify, .. } = config;
    let paths = path.as_ref().map_or(&[][..], |paths| &paths.0);
    let whole = |path: &String| {
        path.starts_with('/')
            && path.is_ascii()
            && !path.contains(|c: char| c.is_control() || c == ' ' || c == '#')
    };
    let in_verify = verify.as_ref().is_some_and(|verify| verify.expect_body.is_some());
    let (body, body_key) = (
        expect_body.is_some() || in_verify,
        if in_verify { "health.verify.expect_body" } else { "health.expect_body" },
    );
    let named = host.as_ref().is_none_or(|host| {
        !host.is_empty() && probe_header_fault("x-forwarded-host", host).is_none()
    });
    let mut all = findings([
        (
            path.is_none() || !paths.is_empty(),
            "health.path",
            "must name a path; without the key the manifest's readinessProbe says it",
        ),
        (
            paths.iter().all(whole),
            "health.path",
            "must begin with / and be written as in a URL, without spaces and #",
        ),
        (paths.len() <= PATHS_MAX, "health.path", "must name at most 10 paths"),
        (
            named && !host.as_ref().is_some_and(|host| host.contains(['/', ' '])),
            "health.host",
            "must be a name such as shop.example.com",
        ),
        (headers.len() <= HEADERS_MAX, "health.headers", "must be at most 20"),
        (
            !body || *method != Method::Head,
            body_key,
            "cannot be seen with `method: HEAD`, whose answers have no body",
        ),
        (!body || grpc.is_none(), body_key, "cannot be seen with `grpc`, whose answer is one word"),
    ]);
    all.extend(headers.iter().filter_map(|(name, value)| {
        Some((format!("health.headers.{name}"), header_fault(name, value)?.to_owned()))
    }));
    all
}

fn header_fault(name: &str, value: &HeaderText) -> Option<&'static str> {
    match value {
        HeaderText::Text(text) => probe_header_fault(name, text),
        HeaderText::Secret(source) if source.is_one() => probe_header_fault(name, ""),
        HeaderText::Secret(_) => Some("must name exactly one of `env`, `file` and `credential`"),
    }
}

fn findings<const N: usize>(rules: [(bool, &str, &str); N]) -> Findings {
    rules
        .into_iter()
        .filter(|(holds, ..)| !holds)
        .map(|(_, path, message)| (path.to_owned(), message.to_owned()))
        .collect()
}
