//! kubectl: the verb, and what all verbs share.

use std::path::Path;

use crate::{
    Caller, Cluster,
    tools::{
        apply,
        arguments::{Arguments, split_verb},
        create, delete_raw, diff, flags, get, logs,
        output::Output,
        patch, small_verbs,
    },
};

/// A run of kubectl, taken apart.
#[derive(Clone, Debug)]
pub(super) struct Kubectl {
    pub verb: String,
    pub arguments: Arguments,
}

impl Kubectl {
    /// Takes the arguments apart; `list` does not hold the program's name.
    pub(super) fn parse(list: &[String]) -> Result<Self, Output> {
        let Some((verb, rest)) = split_verb(list, flags::KUBECTL) else {
            return Err(Output::failed("error: no command given"));
        };
        let Some(own) = flags::of_kubectl(&verb) else {
            return Err(Output::failed(format!(
                "error: unknown command \"{verb}\" for \"kubectl\""
            )));
        };
        let parsed = Arguments::parse(&rest, &[own, flags::KUBECTL]);
        let arguments = parsed.map_err(|why| {
            Output::failed(format!("error: {why}\nSee 'kubectl {verb} --help' for usage."))
        })?;
        Ok(Self { verb, arguments })
    }

    /// The arguments that faults match: `kubectl`, the verb, the plain words, and `--watch` if it
    /// is one.
    pub(super) fn words(&self) -> Vec<&str> {
        let plain = self.arguments.words.iter().map(String::as_str);
        ["kubectl", self.verb.as_str()]
            .into_iter()
            .chain(plain)
            .chain(self.watches().then_some("--watch"))
            .collect()
    }

    /// Whether it runs until it is stopped.
    pub(super) fn watches(&self) -> bool {
        self.verb == "get" && self.arguments.is_on("watch")
    }

    /// Whether it goes on with what is logged.
    pub(super) fn follows(&self) -> bool {
        self.verb == "logs" && self.arguments.is_on("follow")
    }

    /// Whether it changes an object.
    pub(super) fn changes(&self) -> bool {
        match self.verb.as_str() {
            "apply" | "create" | "patch" => true,
            "delete" => self.arguments.flag("raw").is_none(),
            _ => false,
        }
    }

    /// The same as a dry run on the server.
    pub(super) fn dry(&self) -> Self {
        let mut dry = self.clone();
        dry.arguments.set("dry-run", "server");
        dry
    }

    /// Runs every verb but a watch.
    pub(super) fn run(
        &self,
        cluster: &Cluster,
        caller: &Caller,
        directory: Option<&Path>,
    ) -> Output {
        let arguments = &self.arguments;
        match self.verb.as_str() {
            "get" => get::run(cluster, caller, arguments),
            "apply" => apply::run(cluster, caller, arguments, directory),
            "diff" => diff::run(cluster, caller, arguments, directory),
            "create" => create::run(cluster, caller, arguments, directory),
            "patch" => patch::run(cluster, caller, arguments),
            "delete" if arguments.flag("raw").is_some() => {
                delete_raw::run(cluster, caller, arguments, directory)
            }
            "delete" => small_verbs::delete(cluster, caller, arguments),
            "logs" => logs::run(cluster, caller, arguments),
            "auth" => small_verbs::can_i(cluster, caller, arguments),
            "config" => small_verbs::config(arguments),
            "version" => small_verbs::version(cluster, arguments),
            other => Output::failed(format!("error: unknown command \"{other}\" for \"kubectl\"")),
        }
    }
}
