//! The functions that a flood of requests or a long queue has boathook run again and again. `cargo
//! bench --bench hot` measures them.

use std::{hint::black_box, net::IpAddr};

use boathook::{
    cluster::Service,
    intake::{Counted, Keyring, Offered, Payload, RequestLimit, SigningKey},
    redact::Redactor,
    scheduler::{Entry, EntryKind, choose},
};
use boathook_core::deployment::{
    DeploymentId, Environment, Key, KeyUse, Namespace, ServiceKey, ServiceName, sign,
};
use boathook_testing::shipped::{self, Shipped as _};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;

const SECRETS: [&[u8]; 3] =
    [b"the secret of development", b"the secret of staging....", b"the secret of production."];
/// A service in the middle of a rollout, as a cluster shows it.
const SERVICE: &str = include_str!("service.json");

fn body() -> Vec<u8> {
    let body = r#"{"environment":"development","image":"ghcr.io/your-org/game-2048:v1","namespace":"game","service_name":"game",
        "deployment_id":"102-1","timestamp":"2026-11-22T19:00:00Z","commit_sha":"4f2a9c1d","triggered_by":"jane","note":""#;
    format!("{body}{}\"}}", "x".repeat(400 - body.len() - 2)).into_bytes()
}

fn verify(c: &mut Criterion) {
    let key = |environment| Key {
        environment,
        id: "ci".to_owned(),
        key_use: KeyUse::Deploy,
        not_after: None,
    };
    let keys = Environment::ALL
        .into_iter()
        .zip(SECRETS)
        .map(|(environment, secret)| SigningKey::new(key(environment), secret));
    let keyring = Keyring::new(keys.collect());
    let body = body();
    let mut group = c.benchmark_group("signature of 400 bytes, three secrets");
    group.throughput(Throughput::Elements(1));
    for (name, secret) in [("good", SECRETS[2]), ("bad", b"nobody's secret")] {
        let signature = sign(secret, &body);
        let offered = Offered { documented: vec![signature.as_bytes()], ..Offered::default() };
        group.bench_function(name, |b| {
            b.iter(|| {
                keyring.verify(black_box(&offered), black_box(&body), Timestamp::UNIX_EPOCH).is_ok()
            })
        });
    }
}

fn parse(c: &mut Criterion) {
    let body = body();
    let environments = shipped::environments();
    c.bench_function("payload of 400 bytes", |b| {
        b.iter(|| Payload::parse(black_box(&body), &environments).is_ok())
    });
    c.bench_function("service as kubectl shows it", |b| {
        b.iter(|| serde_json::from_str::<Service>(black_box(SERVICE)).is_ok())
    });
}

fn limit(c: &mut Criterion) {
    let limit = RequestLimit::per_minute(240);
    let source = IpAddr::from([192, 0, 2, 7]);
    c.bench_function("request of a known source, counted", |b| {
        b.iter(|| limit.take(black_box(Some(source)), Counted::Other).is_ok())
    });
}

fn redact(c: &mut Criterion) {
    let redactor = Redactor::knowing(SECRETS);
    let mut group = c.benchmark_group("redaction");
    group.throughput(Throughput::Bytes(SERVICE.len() as u64));
    group.bench_function("of a service as kubectl shows it", |b| {
        b.iter(|| redactor.text(black_box(SERVICE)).len())
    });
}

fn queue(c: &mut Criterion) {
    let entry = |number: u8| {
        let namespace = Namespace::parse("game");
        let service = ServiceName::parse(&format!("game-{number}"));
        let service = ServiceKey {
            namespace: namespace.expect("it is a name"),
            service: service.expect("it is a name"),
        };
        Entry { id: DeploymentId::from_random([number; 20]), service, kind: EntryKind::Request }
    };
    let queued = (8..208).map(entry).collect::<Vec<_>>();
    let running = (0..8).map(entry).collect::<Vec<_>>();
    c.bench_function("choice among 200 that wait", |b| {
        b.iter(|| choose(black_box(&queued), black_box(&running), 1))
    });
}

criterion_group!(hot, verify, parse, limit, redact, queue);
criterion_main!(hot);
