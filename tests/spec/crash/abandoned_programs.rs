//! Programs that nobody waits for any more: each that the record says was started has its end there
//! too.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Duration,
};

use boathook_core::record::{CommandEvent, Event, StepEvent};
use boathook_testing::rollout_harness::{Harness, blue_green, brief, timeline};
use serde_json::json;
use tokio::{sync::Notify, time::sleep};

#[tokio::test(start_paused = true)]
async fn a_program_whose_start_is_on_its_way_to_the_disk_when_its_step_is_left_has_an_end_in_the_record()
 {
    let mut harness = Harness::serving(brief()).await;
    let held = Arc::new(Notify::new());
    let (release, released) = mpsc::channel();
    let tells = Arc::clone(&held);
    let released = Mutex::new(Some(released));
    let waiting = AtomicBool::new(false);
    harness
        .tap(move |batch| {
            let says =
                |is: fn(&Event) -> bool| batch.records.iter().any(|record| is(&record.event));
            waiting.fetch_or(
                says(|event| matches!(event, Event::Step(StepEvent::StepStarted { step }) if step == "hold")),
                Ordering::SeqCst,
            );
            let starts = says(|event| {
                matches!(
                    event,
                    Event::Command(CommandEvent::CommandStarted { argv, .. }) if argv[1] == "patch",
                )
            });
            if starts && waiting.load(Ordering::SeqCst) {
                tells.notify_one();
                released.lock().unwrap().take().map(|released| released.recv());
            }
            Ok(())
        })
        .await;
    let deploying = harness.start(blue_green("2", "b-1")).await;
    // In the hold, someone else changes the service, and a patch returns traffic to stable.
    harness.wait_for_traffic("game-00001 90, game-00002 10 (boathook)").await;
    sleep(Duration::from_secs(1)).await;
    let patch = json!({"spec": {"template": {"spec": {"timeoutSeconds": 77}}}});
    harness.cluster.edit_as("anna", "game", "game", patch).unwrap();
    held.notified().await;
    let id = deploying.id.clone();
    let leaving = deploying.leave();
    let releasing = async {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        release.send(()).unwrap();
    };
    tokio::join!(leaving, releasing);
    let records = harness.journal.records(&id, 0).await.unwrap();
    let started = records
        .iter()
        .filter(|record| {
            matches!(record.event, Event::Command(CommandEvent::CommandStarted { .. }))
        })
        .count();
    let ended = records
        .iter()
        .filter(|record| matches!(record.event, Event::Command(CommandEvent::CommandEnded { .. })))
        .count();
    assert_eq!(started, ended, "{}", timeline(&records));
    assert!(timeline(&records).contains("not run: stopped by boathook"), "{}", timeline(&records));
}
