//! `boathook completions`: what a shell needs to complete boathook's commands and options, and the
//! names of environments and services, which it asks the running boathook for.

use clap::{Arg, Args, Command, ValueEnum, builder::PossibleValuesParser};
use clap_complete::{generate, shells};

use crate::cli::{Exit, terminal::print};

/// Stands in a script for the names of all environments, until the script is printed; and for those
/// of services.
const ENVIRONMENTS: &str = "@environments@";
const SERVICES: &str = "@services@";

/// What zsh runs for names.
const ZSH_NAMES: &str = r#"
_boathook_names() {
    local -a names
    names=(${(f)"$(boathook names $1 2>/dev/null)"})
    compadd -a names
}
_boathook_environments() { _boathook_names environments }
_boathook_services() { _boathook_names services }

_boathook() {"#;

/// `boathook completions`.
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// For which shell.
    shell: Shell,
}

/// The shells that are served.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl CompletionsArguments {
    /// Prints the script for the shell.
    pub fn run(&self, command: Command) -> Exit {
        let mut command = command.mut_subcommands(with_names);
        let mut script = Vec::new();
        match self.shell {
            Shell::Bash => generate(shells::Bash, &mut command, "boathook", &mut script),
            Shell::Zsh => generate(shells::Zsh, &mut command, "boathook", &mut script),
            Shell::Fish => generate(shells::Fish, &mut command, "boathook", &mut script),
        }
        let script = self.shell.asking(&String::from_utf8_lossy(&script));
        print(script.trim_end());
        Exit::Success
    }
}

impl Shell {
    /// The script with what asks for names in the place of what stands for them.
    fn asking(self, script: &str) -> String {
        match self {
            Self::Bash => script
                .replace(ENVIRONMENTS, "$(boathook names environments 2>/dev/null)")
                .replace(SERVICES, "$(boathook names services 2>/dev/null)"),
            Self::Zsh => script
                .replace(&format!("({ENVIRONMENTS})"), "_boathook_environments")
                .replace(&format!("({SERVICES})"), "_boathook_services")
                .replacen("\n_boathook() {", ZSH_NAMES, 1),
            Self::Fish => script
                .replace(
                    &format!("{ENVIRONMENTS}\\t''"),
                    "(boathook names environments 2>/dev/null)",
                )
                .replace(&format!("{SERVICES}\\t''"), "(boathook names services 2>/dev/null)"),
        }
    }
}

/// The command, whose arguments have one value each that stands for all names.
fn with_names(command: Command) -> Command {
    let named = |argument: Arg| match (argument.get_id().as_str(), argument.is_positional()) {
        ("environment", _) => argument.value_parser(PossibleValuesParser::new([ENVIRONMENTS])),
        ("service", true) => argument.value_parser(PossibleValuesParser::new([SERVICES])),
        _ => argument,
    };
    command.mut_args(named)
}
