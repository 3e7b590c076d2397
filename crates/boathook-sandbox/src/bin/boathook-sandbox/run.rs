//! Runs the command.

use std::{
    error::Error,
    fmt, fs,
    io::{self, Write as _},
    process::ExitCode,
};

use boathook_sandbox::{ControlClient, ControlError, Sandbox, SandboxOptions, Settings, Timings};
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::{Arguments, Control, SandboxCommand, StartArguments};

impl Arguments {
    /// Runs the command.
    pub async fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        match self.command {
            None => self.start.run().await,
            Some(command) => command.run().await,
        }
    }
}

impl StartArguments {
    async fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let is_ours_to_remove = self.dir.is_none();
        let sandbox = Sandbox::start(self.options()?)?;
        print_line(summary(&sandbox))?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        let directory = sandbox.home.directory.clone();
        sandbox.stop().await;
        if is_ours_to_remove {
            fs::remove_dir_all(directory)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn options(self) -> io::Result<SandboxOptions> {
        let Self { dir, api_port, ingress_port, control_port, domain, image, ready_delay } = self;
        let mut timings = Timings::default();
        timings.start_pod = ready_delay.unwrap_or(timings.start_pod);
        let directory = match dir {
            Some(directory) => directory,
            None => tempfile::Builder::new().prefix("boathook-sandbox-").tempdir()?.keep(),
        };
        Ok(SandboxOptions {
            directory: std::path::absolute(directory)?,
            program: std::env::current_exe()?,
            api_port,
            ingress_port,
            control_port,
            images: image,
            cluster: Settings { domain, timings, ..Settings::default() },
        })
    }
}

impl SandboxCommand {
    async fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        match self {
            Self::Image { control, image: Some(image) } => {
                let published = control.client()?.publish(&image).await?;
                print_line(format_args!(
                    "published {} ({}) as {}",
                    published.image, published.behaviour, published.digest
                ))?;
            }
            Self::Image { control, image: None } => {
                for published in control.client()?.images().await? {
                    print_line(format_args!(
                        "{}\t{}\t{}",
                        published.image, published.behaviour, published.digest
                    ))?;
                }
            }
            Self::Break { control, place, fault, times } => {
                control.client()?.break_place(&place, &fault, times).await?;
                print_line(format_args!("broken: {place} ({fault})"))?;
            }
            Self::Repair { control, place } => {
                control.client()?.repair(&place).await?;
                print_line(format_args!("repaired: {place}"))?;
            }
            Self::Changes { control, kind } => {
                for change in control.client()?.changes(kind).await? {
                    print_line(change)?;
                }
            }
            Self::Crictl { control, arguments } => return crictl(&control, &arguments).await,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Control {
    fn client(&self) -> Result<ControlClient, ControlError> {
        ControlClient::new(self.address)
    }
}

/// The real one ends with 1 when it is asked to end.
async fn crictl(control: &Control, arguments: &[String]) -> Result<ExitCode, Box<dyn Error>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let client = control.client()?;
    let printed = tokio::select! {
        printed = client.crictl(arguments) => printed?,
        _ = terminate.recv() => return Ok(ExitCode::FAILURE),
    };
    print!("{}", printed.stdout);
    eprint!("{}", printed.stderr);
    Ok(ExitCode::from(printed.exit))
}

fn summary(sandbox: &Sandbox) -> String {
    let home = &sandbox.home;
    let directory = home.directory.display();
    format!(
        "boathook-sandbox: a simulated k3s with Knative\n\
         \x20 API server  http://{}  (KUBECONFIG={})\n\
         \x20 ingress     http://{}  (services answer to the host SERVICE.NAMESPACE.{})\n\
         \x20 inside      http://{}  (cluster-local services answer to \
         SERVICE.NAMESPACE.svc.cluster.local)\n\x20 control     http://{}\n\
         \x20 for a shell:  . {directory}/env\nready",
        home.api,
        home.kubeconfig().display(),
        home.ingress,
        home.domain,
        home.local_ingress,
        home.control,
    )
}

/// A reader that closed the pipe, such as `head`, is no error.
fn print_line(text: impl fmt::Display) -> io::Result<()> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}
