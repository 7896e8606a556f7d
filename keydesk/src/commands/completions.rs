//! `keydesk completions`: a script that teaches a shell the commands and their options.

use crate::exit::Fault;
use crate::output;
use clap_complete::Shell;

/// What `completions` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, command: clap::Command) -> Result<(), Fault> {
        output::print(&script(self.shell, command))
    }
}

fn script(shell: Shell, mut command: clap::Command) -> String {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    // Into memory first: the generator panics when its writer fails.
    clap_complete::generate(shell, &mut command, name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_shell_gets_a_script_that_names_the_program() {
        for shell in Shell::value_variants() {
            let command = clap::Command::new("keydesk").subcommand(clap::Command::new("verify"));
            let script = script(*shell, command);
            assert!(script.contains("keydesk") && script.contains("verify"), "{shell}");
        }
    }
}
