//! The environment: secrets, and typing mistakes.

use crate::exit::{Fault, Kind};
use zeroize::Zeroizing;

/// Every variable that Keydesk knows, those of the client commands too: they may be set for both.
const KNOWN: &[&str] = &[
    "KEYDESK_CATALOG",
    "KEYDESK_CLIENT_ID",
    "KEYDESK_CLIENT_SECRET",
    "KEYDESK_CLIENT_SECRET_FILE",
    "KEYDESK_CONFIG",
    "KEYDESK_CREDENTIALS",
    "KEYDESK_DATA",
    "KEYDESK_DATABASE_URL",
    "KEYDESK_DATA_HOSTS",
    "KEYDESK_DATA_LISTEN",
    "KEYDESK_DATA_SOCKET",
    "KEYDESK_DATA_TOKEN",
    "KEYDESK_DATA_TOKEN_FILE",
    "KEYDESK_DATA_URL",
    "KEYDESK_FORWARD_HEADERS",
    "KEYDESK_GATEWAY_CA",
    "KEYDESK_GATEWAY_CREDENTIALS",
    "KEYDESK_GATEWAY_LISTEN",
    "KEYDESK_INSECURE_HTTP",
    "KEYDESK_LEASE_SECONDS",
    "KEYDESK_LISTEN",
    "KEYDESK_LOG",
    "KEYDESK_LOG_FORMAT",
    "KEYDESK_MASTER_KEY",
    "KEYDESK_MASTER_KEY_FILE",
    "KEYDESK_PEPPER",
    "KEYDESK_PEPPER_FILE",
    "KEYDESK_PROJECT",
    "KEYDESK_PUBLIC_URL",
    "KEYDESK_SIGNING_KEY_DAYS",
    "KEYDESK_TRUSTED_PROXIES",
    "KEYDESK_URL",
    "KEYDESK_USAGE_RETENTION_DAYS",
];

/// A secret from the environment; an empty one counts as absent. Never a flag: arguments can be seen.
#[expect(clippy::disallowed_methods, reason = "this is where configuration reads the environment")]
pub(crate) fn secret(name: &str) -> Option<Zeroizing<String>> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).map(Zeroizing::new)
}

/// Refuses a `KEYDESK_` variable that nobody reads: it is a typing mistake in something that matters.
pub(crate) fn refuse_unknown() -> Result<(), Fault> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut unknown: Vec<String> =
        names.filter(|name| name.starts_with("KEYDESK_") && !KNOWN.contains(&name.as_str())).collect();
    unknown.sort();
    if unknown.is_empty() {
        return Ok(());
    }
    let message = format!("unknown environment variables: {}", unknown.join(", "));
    Err(Fault::new(Kind::Config, "unknown_variable", message))
}

#[cfg(test)]
mod tests {
    use super::KNOWN;
    use clap::{Command, CommandFactory};

    fn variables(command: &Command) -> Vec<String> {
        let own = command.get_arguments().filter_map(|argument| argument.get_env());
        let own = own.map(|name| name.to_string_lossy().into_owned());
        own.chain(command.get_subcommands().flat_map(variables)).collect()
    }

    #[test]
    fn what_a_command_reads_from_the_environment_is_no_typing_mistake() {
        let read = variables(&crate::CommandLine::command());
        assert!(read.iter().any(|name| name == "KEYDESK_LISTEN"));
        for name in read.iter().filter(|name| name.starts_with("KEYDESK_")) {
            assert!(KNOWN.contains(&name.as_str()), "{name}");
        }
    }

    #[test]
    fn the_documentation_lists_them_all() {
        let pages = include_str!("../../../docs/configuration.md");
        let list = pages.split("## Variables").nth(1).unwrap();
        for name in KNOWN {
            assert!(list.contains(&format!("`{name}`")), "{name}");
        }
    }
}
