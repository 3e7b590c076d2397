//! A recording played again in the sandbox: the same manifests at the same seconds, with an image
//! that does what the recorded one did.

use std::time::Duration;

use boathook_sandbox::{Application, Behaviour, Caller, Fault, Kind, Times};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    recording::Recording,
    said::{OF_DOMAIN, OF_REVISION, OF_SERVICE},
    shown::Shown,
};
use crate::sandbox_core::stand::Stand;

const REPOSITORY: &str = "127.0.0.1:5000/rec-app";
/// Where the recording machine's registry was not.
const NO_REGISTRY: &str = "127.0.0.1:5999/";

/// What the sandbox shows of a case, and the exit code of each apply.
pub async fn of(recording: &Recording) -> (Shown, Vec<i64>) {
    let stand = Stand::new();
    let namespace = recording.namespace();
    let start = now(&stand);
    let there = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
    if !recording.first.contains("kind: Namespace") {
        stand.write("m/00-namespace.yaml", &there);
    }
    if recording.first.contains(NO_REGISTRY) {
        stand.cluster.fail("registry", Times::UntilHealed, Fault::Unreachable);
    }
    let mut exits = vec![apply(&stand, &recording.first).await];
    let mut passed = 0.0;
    for (seconds, step) in recording.of("step") {
        wait(seconds - passed).await;
        passed = seconds;
        exits.extend(take(&stand, recording, step["what"].as_str().unwrap()).await);
    }
    wait(recording.end() - passed + 1.0).await;
    (shown(&stand, namespace, start).settle(recording.end()), exits)
}

async fn wait(seconds: f64) {
    tokio::time::advance(Duration::from_secs_f64(seconds.max(0.0))).await;
}

/// Applies manifests, with the images that they name published as the application that they
/// configure.
async fn apply(stand: &Stand, manifest: &str) -> i64 {
    stand.cluster.publish(REPOSITORY, "nocommand", Behaviour::without_command("rec"));
    stand.cluster.publish(REPOSITORY, "v1", application(manifest));
    stand.write_text("m/10-manifest.yaml", manifest);
    let applied = stand.kubectl("apply -f m").await;
    i64::from(!applied.is_success())
}

/// What the recorded application does, by the variables that it is given.
fn application(manifest: &str) -> Behaviour {
    let variable = |name: &str| {
        let value = manifest.split(&format!("name: {name}, value: ")).nth(1)?;
        Some(value.split('}').next()?.trim_matches('\'').to_owned())
    };
    let seconds = |text: String| Duration::from_secs(text.trim_end_matches('s').parse().unwrap());
    let base = if let Some(code) = variable("EXIT") {
        let running = variable("EXIT_AFTER").map(seconds).unwrap_or_default();
        Behaviour::ends_after("rec", running, code.parse().unwrap(), "nothing left to do")
    } else if let Some(starts) = variable("FAIL_FIRST") {
        Behaviour::crash_at_first(
            "rec",
            starts.parse().unwrap(),
            1,
            "start 1: cannot reach the database",
        )
    } else if let Some(port) = variable("LISTEN") {
        Behaviour::on_port("rec", port.parse().unwrap())
    } else if let Some(well) = variable("LIVE_FOR") {
        Behaviour::lives_for("rec", seconds(well))
    } else if let Some(mib) = variable("ALLOC_MIB") {
        Behaviour::needs_memory("rec", mib.parse::<u64>().unwrap() << 20)
    } else {
        Behaviour::good("rec")
    };
    let application =
        Application { missing_paths: vec!["/missing".to_owned()], ..Application::default() };
    Behaviour { programs: vec!["/rec-app".to_owned()], application, ..base }
}

async fn take(stand: &Stand, recording: &Recording, what: &str) -> Option<i64> {
    if what.contains("second.yaml") {
        return Some(apply(stand, &recording.second).await);
    }
    if what.starts_with("kubectl delete namespace") {
        let namespace = recording.namespace();
        stand.cluster.delete(&Caller::admin(), Kind::Namespace, None, namespace).unwrap();
    } else if what.starts_with("kubectl apply of a changed web") {
        let changed = recording.first.replace(
            "        ports:\n",
            "        env:\n        - {name: A, value: '2'}\n        ports:\n",
        );
        stand.write_text("m/10-manifest.yaml", &changed);
        stand.kubectl("apply -f m").await;
    } else if what == "the Secret is made" {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {
                "name": "signing-key",
                "namespace": recording.namespace(),
            }, "data": {"key": "eA=="},
        });
        stand.write("s/secret.yaml", &secret);
        assert!(stand.kubectl("apply -f s").await.is_success());
    }
    None
}

fn now(stand: &Stand) -> Timestamp {
    stand.cluster.time().parse().unwrap()
}

fn shown(stand: &Stand, namespace: &str, start: Timestamp) -> Shown {
    let mut shown = Shown::default();
    let mut each = |kind: Kind, note: &dyn Fn(&mut Shown, f64, &str, &Value)| {
        for change in stand.cluster.changes(kind) {
            let at: Timestamp = change["at"].as_str().unwrap().parse().unwrap();
            if change["namespace"] == namespace && !change["object"].is_null() {
                let seconds = at.duration_since(start).as_secs_f64();
                note(&mut shown, seconds, change["name"].as_str().unwrap(), &change["object"]);
            }
        }
    };
    each(Kind::Service, &|shown, at, _, object| {
        shown.conditions(at, "ksvc", &object["status"]["conditions"], &OF_SERVICE)
    });
    each(Kind::Revision, &|shown, at, name, object| {
        shown.conditions(at, name, &object["status"]["conditions"], &OF_REVISION)
    });
    each(Kind::DomainMapping, &|shown, at, _, object| {
        shown.conditions(at, "domainmapping", &object["status"]["conditions"], &OF_DOMAIN);
    });
    each(Kind::Pod, &|shown, at, name, object| {
        shown.container(at, name, &object["status"]["containerStatuses"])
    });
    each(Kind::Event, &|shown, at, _, object| shown.event(at, object));
    shown
}
