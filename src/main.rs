//! The command line.

#![warn(clippy::print_stdout, clippy::print_stderr)]

use std::{env, error::Error, process::ExitCode};

use boathook::{
    cli::{Arguments, Command, ComparedFolders, fail, print_to_stderr},
    startup::{check, rbac, serve},
};
use boathook_core::{clock::Clock, deployment::error_chain, rollout::Action};
use clap::{CommandFactory as _, Parser as _};

#[tokio::main]
async fn main() -> ExitCode {
    if let Some(folders) = ComparedFolders::named_by(env::args_os()) {
        return folders.print();
    }
    let done = match Arguments::parse().command {
        Command::Serve(arguments) => return started(serve(&arguments.config.directory).await),
        Command::Rbac(arguments) => return started(rbac(&arguments).await),
        Command::Check(arguments) => return check(&arguments).await,
        Command::Send(arguments) => arguments.run(|| Clock::system().now()).await,
        Command::Sign(arguments) => arguments.run(),
        Command::SealingKey(arguments) => arguments.run(),
        Command::Status(arguments) => arguments.run().await,
        Command::Environments(arguments) => arguments.run().await,
        Command::List(arguments) => arguments.run().await,
        Command::Show(arguments) => arguments.run().await,
        Command::Watch(arguments) => arguments.run().await,
        Command::Commands(arguments) => arguments.run().await,
        Command::Logs(arguments) => arguments.run().await,
        Command::Approve(arguments) => arguments.run().await,
        Command::Reject(arguments) => arguments.run().await,
        Command::Pause(arguments) => arguments.run(Action::Pause).await,
        Command::Resume(arguments) => arguments.run(Action::Resume).await,
        Command::Promote(arguments) => arguments.run().await,
        Command::Abort(arguments) => arguments.run(Action::Abort).await,
        Command::Retry(arguments) => arguments.run().await,
        Command::Rollback(arguments) => arguments.run().await,
        Command::Redeploy(arguments) => arguments.run().await,
        Command::Release(arguments) => arguments.run().await,
        Command::Holds(arguments) => arguments.run().await,
        Command::Lock(arguments) => arguments.run().await,
        Command::Unlock(arguments) => arguments.run().await,
        Command::Locks(arguments) => arguments.run().await,
        Command::DeployWindow(arguments) => arguments.run().await,
        Command::Override(arguments) => arguments.run().await,
        Command::Acknowledge(arguments) => arguments.run().await,
        Command::Withdraw(arguments) => arguments.withdraw().await,
        Command::Reinstate(arguments) => arguments.reinstate().await,
        Command::Withdrawals(arguments) => arguments.run().await,
        Command::Health(arguments) => arguments.run().await,
        Command::Audit(arguments) => arguments.run(),
        Command::Backup(arguments) => arguments.run(Clock::system().now()),
        Command::Nodes(arguments) => arguments.run().await,
        Command::Journal(arguments) => arguments.run(),
        Command::Secrets(arguments) => arguments.run().await,
        Command::Reload(arguments) => arguments.run().await,
        Command::Completions(arguments) => Ok(arguments.run(Arguments::command())),
        Command::Names(arguments) => arguments.run().await,
        Command::Man(arguments) => arguments.run(Arguments::command()),
    };
    done.map_or_else(|error| fail(&error, error.exit()), Into::into)
}

/// What `startup` ran; its errors may have several lines.
fn started(ended: Result<ExitCode, impl Error>) -> ExitCode {
    ended.unwrap_or_else(|error| {
        print_to_stderr(format_args!("error: {}", error_chain(&error)));
        ExitCode::FAILURE
    })
}
