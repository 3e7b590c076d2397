//! All subcommands.

use clap::{Parser, Subcommand};

use crate::cli::{
    ApproveArguments, AuditArguments, BackupArguments, CheckArguments, CompletionsArguments, HealthArguments, ListArguments, LockArguments,
    LocksArguments, LogsArguments, ManArguments, PromoteArguments, RbacArguments, RejectArguments, ReloadArguments, RetryArguments,
    RollbackArguments, SandboxArguments, SecretsArguments, SendArguments, ServeArguments, ShowArguments, SignArguments, SteerArguments,
    UnlockArguments,
};

/// A signed webhook becomes a Knative deployment, in stages, watched, recorded, and undone when it is not good.
#[derive(Debug, Parser)]
#[command(name = "boathook", version)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What boathook can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the handler: take webhooks, deploy, until SIGTERM.
    Serve(ServeArguments),
    /// The doctor: look whether everything is as boathook needs it, and say what mends what is not; 0 well, 1 warnings, 2 errors.
    Check(CheckArguments),
    /// Send a deployment from CI, follow it, and end with its result: 0 success, 1 failed or rolled back, 2 refused, 3 unreachable, 4 still running.
    Send(Box<SendArguments>),
    /// The signature of standard input, as `sha256=<hex>`.
    Sign(SignArguments),
    /// Deployments, newest first.
    List(ListArguments),
    /// One deployment: its steps, its traffic, and why it ended.
    Show(ShowArguments),
    /// Every program that a deployment ran, with how it ended and what it wrote.
    Logs(LogsArguments),
    /// Say yes to a deployment that awaits approval: it begins when its turn comes.
    Approve(ApproveArguments),
    /// Say no to a deployment that awaits approval, and why: it ends.
    Reject(RejectArguments),
    /// Stay where it is, probing on, until resumed; a hold goes on for as long as that.
    Pause(SteerArguments),
    /// Go on after a pause.
    Resume(SteerArguments),
    /// Skip the rest of the hold under way, or with --full all that is left before 100 %.
    Promote(PromoteArguments),
    /// Call a deployment off: what served before serves again.
    Abort(SteerArguments),
    /// Try a deployment again that has ended and did not succeed.
    Retry(RetryArguments),
    /// Bring back what served before, without stages: the revision itself, or its image and template from the record.
    Rollback(RollbackArguments),
    /// Take nothing new for an environment, or for one service; rollback, retry, abort and what was accepted before go on.
    Lock(LockArguments),
    /// Take requests again.
    Unlock(UnlockArguments),
    /// Where nothing new is taken, why, and until when.
    Locks(LocksArguments),
    /// Whether a boathook here takes deployments; ends 0 or 1.
    Health(HealthArguments),
    /// The audit log: who did what, in a chain that proves itself.
    Audit(AuditArguments),
    /// Copy the journal, also while boathook runs, and keep the newest copies.
    Backup(BackupArguments),
    /// What each secret may sign for, and when it last did.
    Secrets(SecretsArguments),
    /// Have the running boathook read its configuration and secrets again, as SIGHUP does; what cannot be used changes nothing.
    Reload(ReloadArguments),
    /// The roles that the account in boathook's kubeconfig needs, for `kubectl apply -f -`.
    Rbac(RbacArguments),
    /// What bash, zsh or fish needs to complete boathook's commands and options.
    Completions(CompletionsArguments),
    /// Write the manual pages into a directory.
    #[command(hide = true)]
    Man(ManArguments),
    /// A simulated k3s and Knative on loopback, for trying things and for tests.
    Sandbox(SandboxArguments),
}
