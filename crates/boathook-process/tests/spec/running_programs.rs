//! How a program is run: with what it is given and nothing else, to a certain end, leaving nothing
//! behind.

use std::{
    fs::{self, OpenOptions},
    future::{pending, poll_fn},
    io,
    os::unix::fs::PermissionsExt,
    path::Path,
    task::Poll,
    time::Duration,
};

use boathook_process::{Command, Exit, Finished, ProgramRunner, RunError, Runner};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

fn program(argv: &[&str]) -> Command {
    Command {
        argv: argv.iter().map(ToString::to_string).collect(),
        directory: None,
        environment: vec![("PATH".to_owned(), PATH.to_owned())],
        timeout: Duration::from_secs(60),
        output_cap: 64 * 1024,
        secret_output: false,
    }
}

fn shell(script: &str) -> Command {
    program(&["sh", "-c", script])
}

fn within(milliseconds: u64, command: Command) -> Command {
    Command { timeout: Duration::from_millis(milliseconds), ..command }
}

/// Waits 50 ms between TERM and KILL.
fn runner() -> ProgramRunner {
    ProgramRunner::new(Duration::from_millis(50))
}

async fn run(command: Command) -> Finished {
    runner().run(command, None).await.unwrap()
}

/// Runs to the end and gives every line as it was handed over.
async fn run_lines(command: Command) -> (Finished, Vec<String>) {
    let (sender, mut receiver) = mpsc::channel(1);
    let collect = async {
        let mut lines = Vec::new();
        while let Some(line) = receiver.recv().await {
            lines.push(line);
        }
        lines
    };
    let (finished, lines) =
        tokio::join!(async { runner().run(command, Some(sender)).await }, collect);
    (finished.unwrap(), lines)
}

/// Whether the clock goes on once the deadline has come, so that the grace time ends too.
enum Patience {
    Short,
    Endless,
}

/// Lets the paused clock pass the deadline once the program has written its first line; gives every
/// line.
async fn run_past_deadline(command: Command, patience: Patience) -> (Finished, Vec<String>) {
    let deadline = command.timeout;
    let (sender, mut receiver) = mpsc::channel(16);
    let runner = runner();
    let mut run = runner.run(command, Some(sender));
    let first = tokio::select! {
        ended = &mut run => panic!("ended before its deadline: {ended:?}"),
        line = receiver.recv() => line,
    };
    tokio::time::advance(deadline).await;
    let pass_grace = async {
        match patience {
            Patience::Endless => pending().await,
            Patience::Short => loop {
                tokio::time::advance(Duration::from_millis(10)).await;
            },
        }
    };
    let finished = tokio::select! {
        finished = &mut run => finished.unwrap(),
        () = pass_grace => unreachable!("it has no end"),
    };
    let mut lines = Vec::from_iter(first);
    while let Ok(line) = receiver.try_recv() {
        lines.push(line);
    }
    (finished, lines)
}

/// `None` once nobody has this id; `Z` for a zombie.
fn state(pid: &str) -> Option<char> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).ok()?;
    stat.rsplit_once(") ").and_then(|(_, after)| after.chars().next())
}

/// A process whose parent has gone before it is reaped by the process that adopts orphans here, so
/// a zombie counts as dead.
async fn wait_for_death_of(pid: &str) {
    let dead = async {
        while state(pid).is_some_and(|state| state != 'Z') {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let died = tokio::time::timeout(Duration::from_secs(10), dead).await;
    assert!(died.is_ok(), "process {pid} is still alive, in state {:?}", state(pid));
}

async fn wait_until_reaped(pid: &str) {
    let reaped = async {
        while state(pid).is_some() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let gone = tokio::time::timeout(Duration::from_secs(10), reaped).await;
    assert!(gone.is_ok(), "process {pid} was not reaped, its state is {:?}", state(pid));
}

#[tokio::test]
async fn output_errors_and_exit_code_come_back_apart() {
    let finished = run(shell("echo out; echo err >&2; exit 3")).await;
    assert_eq!(finished.exit, Exit::Code(3));
    assert_eq!((&*finished.stdout.text(), &*finished.stderr.text()), ("out\n", "err\n"));
    assert!(!finished.is_success());
}

#[tokio::test]
async fn arguments_are_a_list_and_no_shell_reads_them() {
    let finished = run(program(&["printf", "%s|", "$HOME", "a b", "; exit 1", "*", ""])).await;
    assert_eq!(finished.stdout.text(), "$HOME|a b|; exit 1|*||");
    assert!(finished.is_success());
}

#[tokio::test]
async fn a_program_sees_the_environment_it_is_given_and_nothing_of_ours() {
    let mut command = program(&["env"]);
    command.environment.push(("GREETING".to_owned(), "hello".to_owned()));
    assert_eq!(run(command).await.stdout.text(), format!("GREETING=hello\nPATH={PATH}\n").as_str());
}

#[tokio::test]
async fn a_program_is_looked_up_in_the_path_it_is_given() {
    let directory = tempfile::tempdir().unwrap();
    write_script(&directory.path().join("greet"), "#!/bin/sh\necho \"hello from $0\"\n", 0o755);
    let mut command = program(&["greet"]);
    command.environment =
        vec![("PATH".to_owned(), format!("/nowhere::{}:/bin", directory.path().display()))];
    let text = run(command).await.stdout.text().into_owned();
    assert!(text.starts_with("hello from ") && text.ends_with("/greet\n"), "{text}");
}

#[tokio::test]
async fn a_program_that_only_our_own_path_has_is_missing() {
    let mut command = program(&["sh", "-c", "exit 0"]);
    command.environment = vec![("PATH".to_owned(), "/nowhere".to_owned())];
    let error = runner().run(command, None).await.unwrap_err();
    assert_eq!(error.to_string(), "`sh` is not installed, or not in boathook's PATH");
}

#[tokio::test]
async fn a_missing_program_is_named() {
    let error = runner().run(program(&["no-such-program", "x"]), None).await.unwrap_err();
    assert!(
        matches!(&error, RunError::NotFound { program } if program == "no-such-program"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_file_that_may_not_be_run_is_distinguished_from_a_missing_one() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("notes");
    write_script(&file, "#!/bin/sh\n", 0o644);
    let error = runner().run(program(&[file.to_str().unwrap()]), None).await.unwrap_err();
    assert!(matches!(error, RunError::NotPermitted { .. }), "{error:?}");
}

#[tokio::test]
async fn a_script_without_its_interpreter_is_not_called_missing() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("tool");
    write_script(&file, "#!/nowhere/interpreter\n", 0o755);
    let error = runner().run(program(&[file.to_str().unwrap()]), None).await.unwrap_err();
    assert!(matches!(error, RunError::Io { .. }), "{error:?}");
}

#[tokio::test]
async fn a_program_whose_file_is_being_written_is_waited_for_but_not_for_long() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("tool");
    write_script(&file, "#!/bin/sh\necho replaced\n", 0o755);
    let being_written = OpenOptions::new().append(true).open(&file).unwrap();
    let error = runner().run(program(&[file.to_str().unwrap()]), None).await.unwrap_err();
    assert!(
        matches!(
            &error,
            RunError::Io { source, .. } if source.kind() == io::ErrorKind::ExecutableFileBusy,
        ),
        "{error:?}"
    );

    let running =
        tokio::spawn(async move { runner().run(program(&[file.to_str().unwrap()]), None).await });
    sleep(Duration::from_millis(200)).await;
    drop(being_written);
    assert_eq!(running.await.unwrap().unwrap().stdout.text(), "replaced\n");
}

#[tokio::test]
async fn an_empty_argument_list_is_an_error() {
    let error = runner().run(program(&[]), None).await.unwrap_err();
    assert!(matches!(error, RunError::Io { .. }), "{error:?}");
}

#[tokio::test]
async fn a_program_runs_in_the_directory_it_is_given() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().canonicalize().unwrap();
    let finished = run(Command { directory: Some(path.clone()), ..program(&["pwd"]) }).await;
    assert_eq!(finished.stdout.text(), format!("{}\n", path.display()).as_str());
}

#[tokio::test]
async fn a_missing_working_directory_is_not_mistaken_for_a_missing_program() {
    let command = Command { directory: Some("/nowhere/at/all".into()), ..program(&["pwd"]) };
    let error = runner().run(command, None).await.unwrap_err();
    assert_eq!(error.to_string(), "failed to run `pwd`: there is no directory `/nowhere/at/all`");
}

#[tokio::test]
async fn standard_input_is_empty() {
    let finished = run(program(&["cat"])).await;
    assert!(finished.is_success() && finished.stdout.bytes.is_empty(), "{finished:?}");
}

#[tokio::test]
async fn a_program_that_a_signal_ended_did_not_exit_with_a_code() {
    assert_eq!(run(shell("kill -9 $$")).await.exit, Exit::Signal(9));
}

#[tokio::test(start_paused = true)]
async fn a_program_that_hangs_is_ended_at_its_deadline_with_what_it_said_until_then() {
    let (finished, lines) =
        run_past_deadline(shell("echo started; exec sleep 60"), Patience::Endless).await;
    assert_eq!((finished.exit, lines), (Exit::TimedOut, vec!["started".to_owned()]));
    assert_eq!(finished.duration, Duration::from_secs(60));
}

#[tokio::test(start_paused = true)]
async fn a_program_may_say_goodbye_when_its_deadline_has_come() {
    let (finished, lines) = run_past_deadline(
        shell("trap 'echo bye; exit 0' TERM; echo started; while :; do :; done"),
        Patience::Endless,
    )
    .await;
    assert_eq!(
        (finished.exit, lines),
        (Exit::TimedOut, vec!["started".to_owned(), "bye".to_owned()])
    );
}

#[tokio::test(start_paused = true)]
async fn a_program_that_ignores_term_is_killed_with_its_whole_group() {
    let (finished, lines) = run_past_deadline(
        shell("trap '' TERM; sleep 60 & echo $!; sleep 60; sleep 60"),
        Patience::Short,
    )
    .await;
    assert_eq!(finished.exit, Exit::TimedOut);
    tokio::time::resume();
    wait_for_death_of(&lines[0]).await;
}

#[tokio::test(start_paused = true)]
async fn a_grandchild_that_holds_the_pipe_past_the_deadline_is_ended_too() {
    let (finished, lines) =
        run_past_deadline(shell("sleep 60 & echo $!; sleep 60"), Patience::Short).await;
    assert_eq!(finished.exit, Exit::TimedOut);
    tokio::time::resume();
    wait_for_death_of(&lines[0]).await;
}

#[tokio::test]
async fn a_grandchild_that_holds_the_pipe_does_not_hold_up_the_run() {
    let finished = run(shell("sleep 60 & echo $!")).await;
    assert_eq!(finished.exit, Exit::Code(0));
    wait_for_death_of(&finished.stdout.text()).await;
}

#[tokio::test]
async fn a_grandchild_that_left_the_group_does_not_hold_up_the_run_either() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pid");
    let script = "setsid sh -c 'echo $$ > $PID; exec sleep 60' & until [ -s $PID ]; do sleep \
                  0.001; done; exit 4";
    let mut command = shell(script);
    command.environment.push(("PID".to_owned(), file.display().to_string()));
    assert_eq!(run(command).await.exit, Exit::Code(4));
    let escaped = fs::read_to_string(&file).unwrap();
    run(program(&["kill", escaped.trim()])).await;
    wait_for_death_of(&escaped).await;
}

#[tokio::test]
async fn a_grandchild_may_finish_its_output_shortly_after_the_program() {
    let patient = ProgramRunner::new(Duration::from_secs(60));
    let finished = patient.run(shell("(sleep 0.01; echo late) & exit 0"), None).await.unwrap();
    assert_eq!((finished.exit, &*finished.stdout.text()), (Exit::Code(0), "late\n"));
}

#[tokio::test]
async fn a_program_that_prints_100_mb_is_read_to_its_end_and_a_little_is_kept() {
    let finished =
        run(Command { output_cap: 1000, ..program(&["head", "-c", "100000000", "/dev/zero"]) })
            .await;
    assert!(finished.is_success(), "{finished:?}");
    assert_eq!((finished.stdout.bytes.len(), finished.stdout.cut), (1000, 99_999_000));
    assert!(
        finished.stdout.tail(10).ends_with("\n[99999000 bytes after were cut]"),
        "{finished:?}"
    );
}

#[tokio::test]
async fn both_streams_are_read_at_once_so_that_neither_blocks_the_program() {
    let finished = run(Command {
        output_cap: 10,
        ..shell("head -c 1000000 /dev/zero >&2; head -c 1000000 /dev/zero; echo >&2")
    })
    .await;
    assert!(finished.is_success(), "{finished:?}");
    assert_eq!((finished.stdout.cut, finished.stderr.cut), (999_990, 999_991));
}

#[tokio::test]
async fn a_program_that_never_stops_printing_is_ended_at_its_deadline() {
    let finished = run(within(20, program(&["yes"]))).await;
    assert_eq!(finished.exit, Exit::TimedOut);
    assert!(finished.stdout.bytes.len() <= 64 * 1024, "{} bytes kept", finished.stdout.bytes.len());
}

#[tokio::test]
async fn a_grandchild_that_never_stops_printing_is_ended_soon_after_the_program() {
    let finished = run(shell("yes & exit 0")).await;
    assert_eq!(finished.exit, Exit::Code(0));
    assert!(finished.duration < Duration::from_secs(30), "{finished:?}");
}

#[tokio::test]
async fn output_that_is_not_utf_8_is_kept_byte_for_byte() {
    let finished = run(shell(r"printf 'a\377\376b'")).await;
    assert_eq!(finished.stdout.bytes, b"a\xff\xfeb");
    assert_eq!(finished.stdout.text(), "a\u{fffd}\u{fffd}b");
}

#[tokio::test]
async fn lines_are_handed_over_in_order_and_the_last_needs_no_newline() {
    let (finished, lines) =
        run_lines(shell(r"printf 'one\n\ntwo\r\nth\377ree'; echo err >&2")).await;
    assert_eq!(lines, ["one", "", "two\r", "th\u{fffd}ree"]);
    assert_eq!((&*finished.stdout.text(), &*finished.stderr.text()), ("", "err\n"));
}

#[tokio::test]
async fn a_reader_that_is_slower_than_the_program_misses_no_line() {
    let (finished, lines) = run_lines(program(&["seq", "20000"])).await;
    assert!(finished.is_success(), "{finished:?}");
    assert!(
        lines.iter().map(|line| line.parse::<u32>().unwrap()).eq(1..=20_000),
        "{} lines",
        lines.len()
    );
}

#[tokio::test]
async fn a_line_without_end_is_cut() {
    let (finished, lines) = run_lines(shell("head -c 3000000 /dev/zero; echo; echo next")).await;
    assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [2 * 1024 * 1024, 4]);
    assert_eq!(finished.stdout.cut, 3_000_000 - 2 * 1024 * 1024);
}

#[tokio::test]
async fn a_line_arrives_while_the_program_still_runs_and_it_is_stopped_when_nobody_reads_on() {
    let (sender, mut receiver) = mpsc::channel(1);
    let read_one = async move { receiver.recv().await.unwrap() };
    let (finished, pid) = tokio::join!(
        async { runner().run(shell("echo $$; exec sleep 60"), Some(sender)).await },
        read_one
    );
    assert_eq!(finished.unwrap().exit, Exit::Stopped);
    assert_eq!(state(&pid), None);
}

#[tokio::test]
async fn lines_that_nobody_takes_do_not_keep_a_run_past_its_deadline() {
    let (sender, receiver) = mpsc::channel(1);
    let finished = runner().run(within(20, program(&["yes"])), Some(sender)).await.unwrap();
    assert_eq!(finished.exit, Exit::TimedOut);
    drop(receiver);
}

#[tokio::test]
async fn a_run_that_has_ended_leaves_no_zombie() {
    let finished = run(shell("echo $$")).await;
    assert_eq!(state(&finished.stdout.text()), None);
}

#[tokio::test]
async fn aborting_the_task_ends_the_program_and_its_children() {
    let (sender, mut receiver) = mpsc::channel(2);
    let task = tokio::spawn(async {
        runner().run(shell("trap '' TERM; sleep 60 & echo $!; echo $$; wait"), Some(sender)).await
    });
    let child = receiver.recv().await.unwrap();
    let leader = receiver.recv().await.unwrap();
    task.abort();
    wait_for_death_of(&child).await;
    wait_until_reaped(&leader).await;
}

#[test]
fn a_run_that_is_dropped_before_its_program_has_started_leaves_nothing_running() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pid");
    let command = shell(&format!("echo $$ > {}; exec sleep 60", file.display()));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let runner = runner();
        let mut running = runner.run(command, None);
        let polled_once = poll_fn(|context| Poll::Ready(running.as_mut().poll(context))).await;
        assert!(polled_once.is_pending());
    });
    // Shutting down waits for the thread that waits for the program.
    runtime.shutdown_timeout(Duration::from_secs(10));
    let alive = fs::read_to_string(&file).is_ok_and(|pid| state(&pid).is_some());
    assert!(!alive, "the program went on without its run");
}

fn write_script(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn all_programs_are_killed_at_once_with_what_they_started_and_none_starts_afterwards() {
    let runner = runner();
    let (sender, mut lines) = mpsc::channel(16);
    let script = "trap '' TERM; sleep 600 & echo $!; wait";
    let killed = runner.run(shell(script), Some(sender));
    let all = runner.clone();
    let killing = async {
        let descendant = lines.recv().await.unwrap();
        all.kill_all();
        // The run reads its lines to the end.
        while lines.recv().await.is_some() {}
        descendant
    };
    let (finished, descendant) = tokio::join!(killed, killing);
    assert_eq!(finished.unwrap().exit, Exit::Signal(9));
    wait_for_death_of(&descendant).await;

    let refused = runner.run(shell("true"), None).await.unwrap_err();
    assert!(matches!(refused, RunError::Stopped { .. }), "{refused:?}");
}

#[tokio::test]
async fn no_program_starts_after_a_time_that_has_come_and_one_that_is_put_off_has_not() {
    let runner = runner();
    runner.stop_at(Instant::now());
    for time in [Instant::now() + Duration::from_secs(3600), Instant::now()] {
        runner.stop_at(time);
        let refused = runner.run(shell("true"), None).await.unwrap_err();
        assert!(matches!(refused, RunError::Stopped { .. }), "{refused:?}");
    }

    let runner = self::runner();
    runner.stop_at(Instant::now() + Duration::from_secs(1800));
    runner.stop_at(Instant::now() + Duration::from_secs(3600));
    assert_eq!(runner.run(shell("true"), None).await.unwrap().exit, Exit::Code(0));
}

#[tokio::test]
async fn programs_of_a_runner_within_another_are_killed_apart_from_its_others_and_with_them() {
    let around = runner();
    let within = around.within();
    let other = around.within();
    let sleeping = |runner: &ProgramRunner| {
        let runner = runner.clone();
        let (sender, lines) = mpsc::channel(16);
        let run = async move { runner.run(shell("echo begun; sleep 600"), Some(sender)).await };
        (tokio::spawn(run), lines)
    };
    let [(of_within, mut a), (of_other, mut b), (of_around, mut c)] =
        [&within, &other, &around].map(sleeping);
    for lines in [&mut a, &mut b, &mut c] {
        assert_eq!(lines.recv().await.unwrap(), "begun");
    }
    within.kill_all();
    assert!(a.recv().await.is_none());
    assert_eq!(of_within.await.unwrap().unwrap().exit, Exit::Signal(9));
    let refused = within.run(shell("true"), None).await.unwrap_err();
    assert!(matches!(refused, RunError::Stopped { .. }), "{refused:?}");
    for runner in [&other, &around] {
        assert_eq!(runner.run(shell("true"), None).await.unwrap().exit, Exit::Code(0));
    }

    around.kill_all();
    for (run, mut lines) in [(of_other, b), (of_around, c)] {
        assert!(lines.recv().await.is_none());
        assert_eq!(run.await.unwrap().unwrap().exit, Exit::Signal(9));
    }
    let refused = other.run(shell("true"), None).await.unwrap_err();
    assert!(matches!(refused, RunError::Stopped { .. }), "{refused:?}");
}
