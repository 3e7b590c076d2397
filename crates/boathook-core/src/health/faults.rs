//! What is wrong with the rules that someone wrote.

use crate::{
    deployment::probe_header_fault,
    fault::Fault,
    health::{Comparison, Latency, Method, Rules, Verify, metric_faults},
};

/// The maximum number of paths that are probed at the same time.
const PATHS_MAX: usize = 10;
/// The maximum number of headers of a probe.
const HEADERS_MAX: usize = 20;

impl Rules {
    /// What cannot be used.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let Self {
            paths: _,
            method: _,
            host: _,
            headers: _,
            grpc: _,
            expect_status,
            expect_body: _,
            timeout: _,
            cold_start: _,
            interval: _,
            delay: _,
            consecutive_failures,
            window,
            latency,
            slower_than_stable,
            min_samples: _,
            verify,
            metrics,
        } = self;
        let are_sound =
            !expect_status.is_empty() && expect_status.iter().all(|codes| codes.is_sound());
        let mut faults = Fault::of([
            (
                are_sound,
                "expect_status",
                "must list status codes from 100 to 599, or ranges of them",
            ),
            (
                *consecutive_failures > 0 || window.failures > 0,
                "consecutive_failures",
                "must be more than 0 where `window.failures` is 0: no failure would be bad",
            ),
            (window.failures <= window.of, "window", "`failures` must not exceed `of`"),
            (is_sound(*latency), "latency.percentile", "must be from 1 to 100"),
        ]);
        faults.extend(slower_than_stable.iter().flat_map(faults_of_comparison));
        faults.extend(verify.iter().flat_map(faults_of_verify));
        faults.extend(self.faults_of_request());
        faults.extend(self.faults_of_body());
        faults.extend(metric_faults::faults(metrics));
        faults
    }

    fn faults_of_request(&self) -> Vec<Fault> {
        let Self { paths, host, headers, .. } = self;
        let is_host = |host: &String| {
            !host.is_empty()
                && !host.contains(['/', ' '])
                && probe_header_fault("x-forwarded-host", host).is_none()
        };
        let mut faults = Fault::of([
            (
                paths.iter().all(|path| is_path(path)),
                "path",
                "must begin with / and be written as in a URL, without spaces and #",
            ),
            (paths.len() <= PATHS_MAX, "path", "must name at most 10 paths"),
            (host.as_ref().is_none_or(is_host), "host", "must be a name such as shop.example.com"),
            (headers.len() <= HEADERS_MAX, "headers", "must be at most 20"),
        ]);
        faults.extend(headers.iter().filter_map(|header| {
            Some(Fault::new(format!("headers.{}", header.name), header.fault()?))
        }));
        faults
    }

    fn faults_of_body(&self) -> Vec<Fault> {
        let in_verify = self.verify.as_ref().is_some_and(|verify| verify.expect_body.is_some());
        let key = if in_verify { "verify.expect_body" } else { "expect_body" };
        let none_expected = self.expect_body.is_none() && !in_verify;
        Fault::of([
            (
                none_expected || self.method != Method::Head,
                key,
                "cannot be seen with `method: HEAD`, whose answers have no body",
            ),
            (
                none_expected || self.grpc.is_none(),
                key,
                "cannot be seen with `grpc`, whose answer is one word",
            ),
        ])
    }
}

fn faults_of_comparison(comparison: &Comparison) -> Vec<Fault> {
    let Comparison { percentile, times, at_least: _, mode: _ } = comparison;
    Fault::of([
        ((1..=100).contains(percentile), "slower_than_stable.percentile", "must be from 1 to 100"),
        (*times > 0, "slower_than_stable.times", "must be more than 0"),
    ])
}

fn faults_of_verify(verify: &Verify) -> Vec<Fault> {
    Fault::of([
        (is_sound(verify.latency), "verify.latency.percentile", "must be from 1 to 100"),
        (verify.samples > 0, "verify.samples", "must be more than 0"),
    ])
}

fn is_sound(limit: Option<Latency>) -> bool {
    limit.is_none_or(|limit| (1..=100).contains(&limit.percentile))
}

fn is_path(path: &str) -> bool {
    path.starts_with('/')
        && path.is_ascii()
        && !path.contains(|c: char| c.is_control() || c == ' ' || c == '#')
}
