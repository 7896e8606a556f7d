//! Log lines: text or JSON on stderr. No secret, token, body or address of a person is ever in one.

use crate::config::Config;
use crate::exit::{Fault, Kind};
use tracing_subscriber::EnvFilter;

/// Starts logging, and has a panic logged without its text, which could quote anything.
pub(super) fn start(config: &Config) -> Result<(), Fault> {
    let filter = EnvFilter::try_new(&config.log).map_err(|error| {
        Fault::new(Kind::Config, "configuration", format!("log `{}`: {error}", config.log))
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if config.log_json {
        builder.json().init();
    } else {
        builder.with_ansi(false).init();
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(panic.at = place, "a bug: a task panicked and was stopped");
    }));
    Ok(())
}
