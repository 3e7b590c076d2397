//! What a deployment did in each of its steps: the programs with their output, and what probing
//! counted. For operators only.

use boathook_core::{
    health::Numbers,
    record::{CommandEvent, CommandExit, Event, Record},
    rollout::Observation,
    state::{Deployment, IllegalEvent},
};
use jiff::Timestamp;

use crate::journal::DeploymentView;

/// The maximum number of programs to show for one step; a rollback that is retried for days runs
/// many more.
const PROGRAMS_MAX: usize = 100;

/// A deployment with everything that was done in it.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentDetail {
    /// Its status and its steps.
    pub history: DeploymentView,
    /// What was done before there was a plan.
    pub planning: StepActivity,
    /// What was done in each step, in the order of the steps.
    pub steps: Vec<StepActivity>,
}

/// What was done in one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepActivity {
    /// The programs that it ran, in order; the last ones if there were too many.
    pub programs: Vec<Program>,
    /// Programs that are not shown, since there were too many.
    pub left_out: usize,
    /// What probing counted, in order; while a step lasts, again and again.
    pub probed: Vec<Probed>,
}

/// One program that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Counts the programs of the deployment from 1.
    pub number: u32,
    pub at: Timestamp,
    /// The argument list; untrusted wherever it is shown.
    pub argv: Vec<String>,
    /// How it ended; none while it runs, and where boathook ended before it.
    pub exit: Option<CommandExit>,
    /// How long it ran.
    pub duration_ms: u64,
    /// The end of its standard output; untrusted wherever it is shown.
    pub stdout: String,
    /// The end of its standard error; untrusted wherever it is shown.
    pub stderr: String,
}

/// What probing counted at one URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    pub at: Timestamp,
    /// Which URL: `candidate` or `service`.
    pub of: String,
    pub numbers: Numbers,
}

impl DeploymentDetail {
    /// Reads the records of one deployment, from the first; none if there are none.
    pub fn of(records: &[Record]) -> Result<Option<Self>, IllegalEvent> {
        let (Some(history), Some((first, rest))) =
            (DeploymentView::of(records)?, records.split_first())
        else {
            return Ok(None);
        };
        let mut deployment = Deployment::begin(first)?;
        let steps = vec![StepActivity::default(); history.steps.len()];
        let mut account = Self { history, planning: StepActivity::default(), steps };
        for record in rest {
            let before = deployment.state.place();
            deployment = deployment.apply(record.at, &record.event)?;
            account.note(record, before.or(deployment.state.place()));
        }
        Ok(Some(account))
    }

    fn note(&mut self, record: &Record, place: Option<usize>) {
        match &record.event {
            Event::Step(event) => {
                let findings = event.findings().unwrap_or_default();
                findings
                    .iter()
                    .for_each(|finding| self.activity_at(place).learn(record.at, finding));
            }
            Event::Command(event) => self.note_command(record.at, event, place),
            Event::Deployment(_)
            | Event::Promotion(_)
            | Event::Watch(_)
            | Event::Lock(_)
            | Event::Hold(_)
            | Event::Withdrawal(_) => {}
        }
    }

    fn note_command(&mut self, at: Timestamp, event: &CommandEvent, place: Option<usize>) {
        match event {
            CommandEvent::CommandStarted { command, argv } => {
                self.activity_at(place).begin(*command, at, argv)
            }
            CommandEvent::CommandEnded { command, exit, duration_ms, stdout, stderr } => {
                if let Some(program) = self.program(*command) {
                    program.exit = Some(exit.clone());
                    program.duration_ms = *duration_ms;
                    program.stdout.clone_from(stdout);
                    program.stderr.clone_from(stderr);
                }
            }
        }
    }

    /// A watch continues in the steps after the one that started it.
    fn program(&mut self, number: u32) -> Option<&mut Program> {
        let mut passages = self.steps.iter_mut().rev().chain([&mut self.planning]);
        passages.find_map(|activity| {
            activity.programs.iter_mut().rfind(|program| program.number == number)
        })
    }

    fn activity_at(&mut self, place: Option<usize>) -> &mut StepActivity {
        match place.and_then(|place| self.steps.get_mut(place)) {
            Some(step) => step,
            None => &mut self.planning,
        }
    }
}

impl StepActivity {
    fn begin(&mut self, number: u32, at: Timestamp, argv: &[String]) {
        if self.programs.len() >= PROGRAMS_MAX {
            self.programs.remove(0);
            self.left_out += 1;
        }
        self.programs.push(Program {
            number,
            at,
            argv: argv.to_vec(),
            exit: None,
            duration_ms: 0,
            stdout: String::new(),
            stderr: String::new(),
        });
    }

    fn learn(&mut self, at: Timestamp, finding: &Observation) {
        if let Observation::Health { of, numbers, times: _ }
        | Observation::HealthSoFar { of, numbers } = finding
        {
            self.probed.push(Probed { at, of: of.clone(), numbers: numbers.clone() });
        }
    }
}
