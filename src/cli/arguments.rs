//! All subcommands.

use clap::{Parser, Subcommand};

use crate::cli::{
    AcknowledgeArguments, ApproveArguments, AuditArguments, BackupArguments, CheckArguments,
    CommandsArguments, CompletionsArguments, DeployWindowArguments, DigestArguments,
    EnvironmentsArguments, HealthArguments, HoldsArguments, JournalArguments, ListArguments,
    LockArguments, LocksArguments, LogsArguments, ManArguments, NamesArguments, NodesArguments,
    OverrideArguments, PromoteArguments, RbacArguments, RedeployArguments, RejectArguments,
    ReleaseArguments, ReloadArguments, RetryArguments, RollbackArguments, SealingKeyArguments,
    SecretsArguments, SendArguments, ServeArguments, ShowArguments, SignArguments, StatusArguments,
    SteerArguments, UnlockArguments, WatchArguments, WithdrawalsArguments,
};

/// Turns a signed webhook into a staged, health-checked Knative rollout, and rolls back by itself
/// when the new revision fails.
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
    /// Run the server: accept webhooks and deploy until SIGTERM.
    Serve(ServeArguments),
    /// Check the installation and suggest fixes (exit 0 OK, 1 warnings, 2 errors).
    Check(CheckArguments),
    /// Send a deployment from CI and follow it (exit 0 success, 1 failed or rolled back, 2 refused,
    /// 3 unreachable, 4 still running).
    Send(Box<SendArguments>),
    /// Sign standard input; print `sha256=<hex>`.
    Sign(SignArguments),
    /// Show what serves where, and since when: the revisions of each service with their shares.
    Status(StatusArguments),
    /// List environments: where each one's successes go, what it requires, and what is on its way.
    Environments(EnvironmentsArguments),
    /// List deployments, newest first.
    List(ListArguments),
    /// Show one deployment: its steps, its traffic, and why it ended.
    Show(ShowArguments),
    /// Watch what is being deployed, as it changes, until Ctrl-C.
    Watch(WatchArguments),
    /// Show every program that a deployment ran, with its exit status and output.
    Commands(CommandsArguments),
    /// Print the log of an application: of the pods of its candidate or stable revision.
    Logs(LogsArguments),
    /// Approve a deployment that awaits approval.
    Approve(ApproveArguments),
    /// Reject a deployment that awaits approval, with a reason.
    Reject(RejectArguments),
    /// Pause a rollout at its traffic percentage; probing continues.
    Pause(SteerArguments),
    /// Resume a paused rollout.
    Resume(SteerArguments),
    /// Skip the rest of the current hold, or with --full go straight to 100 %.
    Promote(PromoteArguments),
    /// Abort a deployment and roll back to the revision that served before.
    Abort(SteerArguments),
    /// Retry a deployment that ended without success.
    Retry(RetryArguments),
    /// Roll a service back to the revision that served before, or to the one of an earlier
    /// deployment.
    Rollback(RollbackArguments),
    /// Deploy the image that serves once more, with the manifests as they are now: a changed variable,
    /// a rotated secret.
    Redeploy(RedeployArguments),
    /// Release a service that an operator's rollback holds: it takes deployments again.
    Release(ReleaseArguments),
    /// List the services that are held since an operator rolled them back.
    Holds(HoldsArguments),
    /// Refuse new requests for an environment or one service; rollback, retry and abort still work.
    Lock(LockArguments),
    /// Remove a lock.
    Unlock(UnlockArguments),
    /// List locks, with their reason and expiry.
    Locks(LocksArguments),
    /// Show when deployments may begin in each environment: what is open now, and the next openings.
    DeployWindow(DeployWindowArguments),
    /// Let a deployment begin outside its deployment windows, if config names you for that.
    Override(OverrideArguments),
    /// Acknowledge an override: it is not marked any more.
    Acknowledge(AcknowledgeArguments),
    /// Withdraw a digest: it stops counting as proven in every environment, and its promotions that
    /// wait end.
    Withdraw(DigestArguments),
    /// Reinstate a withdrawn digest: it counts again where it succeeded.
    Reinstate(DigestArguments),
    /// List withdrawn digests, with the reason of each.
    Withdrawals(WithdrawalsArguments),
    /// Ask the local server whether it accepts deployments (exit 0 yes, 1 no).
    Health(HealthArguments),
    /// Read and verify the audit log.
    Audit(AuditArguments),
    /// Back up the journal, even while boathook runs.
    Backup(BackupArguments),
    /// List the boathooks on one record: which one leads, and how far the others are.
    Nodes(NodesArguments),
    /// Move the journal between its file and a PostgreSQL database.
    Journal(JournalArguments),
    /// List secrets: what each may sign, how often it was used, and when last.
    Secrets(SecretsArguments),
    /// Make the key with which senders seal requests, or print its public part.
    SealingKey(SealingKeyArguments),
    /// Reload configuration and secrets; if anything is invalid, nothing changes.
    Reload(ReloadArguments),
    /// Print the Kubernetes roles that boathook needs for the manifests of its environments, for
    /// `kubectl apply -f -`.
    Rbac(RbacArguments),
    /// Print shell completions.
    Completions(CompletionsArguments),
    /// Print the names that completions offer.
    #[command(hide = true)]
    Names(NamesArguments),
    /// Write the manual pages into a directory.
    #[command(hide = true)]
    Man(ManArguments),
}
