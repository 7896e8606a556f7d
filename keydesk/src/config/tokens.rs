//! The tokens of the data listener: one in the environment, or a file with one in each line, so that every gateway has its own.

use super::secret;
use crate::exit::{Fault, Kind};
use data::http::Tokens;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const CHARS_MIN: usize = 16;

/// The tokens, and where they are read again.
pub(crate) struct DataTokens {
    file: Option<PathBuf>,
    /// `None` when nobody is asked for one.
    pub(crate) known: Option<Tokens>,
}

impl DataTokens {
    pub(super) fn read(file: Option<PathBuf>) -> Result<DataTokens, Fault> {
        let refused = |message: String| Fault::new(Kind::Config, "configuration", message);
        let known = match (secret("KEYDESK_DATA_TOKEN"), &file) {
            (Some(_), Some(_)) => {
                return Err(refused("the data token is given twice: as a value and as a file".into()));
            }
            (Some(token), None) => {
                long_enough(&token).map_err(refused)?;
                Some(Tokens::new([token.as_str()]))
            }
            (None, Some(path)) => {
                let text = text(path).map_err(refused)?;
                Some(Tokens::new(lines(&text, path).map_err(refused)?))
            }
            (None, None) => None,
        };
        Ok(DataTokens { file, known })
    }

    /// Reads the file once more. One that is no good changes nothing.
    pub(crate) fn reload(&self) {
        let (Some(file), Some(known)) = (&self.file, &self.known) else { return };
        let read = text(file).and_then(|text| lines(&text, file).map(|tokens| known.replace(tokens)));
        match read {
            Ok(()) => tracing::info!("the data tokens are those in {}", file.display()),
            Err(mistake) => tracing::error!("the data tokens were not read again: {mistake}"),
        }
    }
}

fn text(path: &Path) -> Result<Zeroizing<String>, String> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    text.map_err(|error| format!("{}: {error}", path.display()))
}

/// A token in each line; empty lines, and those that begin with `#`, are none.
fn lines<'t>(text: &'t str, path: &Path) -> Result<Vec<&'t str>, String> {
    let tokens = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let tokens: Vec<&str> = tokens.collect();
    if tokens.is_empty() {
        return Err(format!("{} has no data token", path.display()));
    }
    tokens.iter().try_for_each(|token| long_enough(token))?;
    Ok(tokens)
}

fn long_enough(token: &str) -> Result<(), String> {
    let is_long = token.len() >= CHARS_MIN;
    is_long.then_some(()).ok_or_else(|| format!("a data token must be at least {CHARS_MIN} characters long"))
}
