//! `keydesk verify`: whether the key on stdin may pass, as the data plane decides it.

mod decision;

use crate::client::{Answer, Http, Readers, Url, path, read_secret};
use crate::config;
use crate::exit::{Fault, Kind};
use crate::output::{self, Format};
use decision::Decision;
use serde::Serialize;
use std::ffi::OsString;
use std::io::{self, BufRead, IsTerminal};
use ureq::http::Method;
use zeroize::Zeroizing;

const DATA_URL: &str = "http://127.0.0.1:8081";
/// Longer than any key and any access token.
const KEY_BYTES_MAX: u64 = 16 * 1024;

/// What `verify` takes. The key itself is read from stdin: arguments can be seen in `ps`.
#[derive(Debug, clap::Args)]
pub(crate) struct Verify {
    /// What the call would do: read, write or admin; without it, the key is only recognised
    #[arg(long, requires = "resource")]
    action: Option<String>,
    /// What it would do it to, such as ENDPOINT/ep1
    #[arg(long, requires = "action")]
    resource: Option<String>,
    /// Where the call would come from
    #[arg(long, value_name = "IP")]
    client_ip: Option<String>,
    /// Whose resource it is
    #[arg(long, value_name = "ID")]
    organization_id: Option<String>,
    /// The data plane [default: http://127.0.0.1:8081]
    #[arg(long, env = "KEYDESK_DATA_URL", value_name = "URL")]
    data_url: Option<String>,
    /// File with the data plane's token, instead of KEYDESK_DATA_TOKEN
    #[arg(long, env = "KEYDESK_DATA_TOKEN_FILE", value_name = "FILE")]
    data_token_file: Option<OsString>,
    /// Read the token from a file that others can read, too
    #[arg(long)]
    allow_insecure_permissions: bool,
    /// How to print the decision
    #[arg(long, short, value_enum, default_value = "table")]
    output: Format,
}

#[derive(Serialize)]
struct Question<'a> {
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_ip: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_id: Option<&'a str>,
}

impl Verify {
    pub(crate) fn wants_json(&self) -> bool {
        self.output == Format::Json
    }

    pub(crate) fn run(self) -> Result<(), Fault> {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            output::note("paste the key, then press Enter");
        }
        let key = first_line(stdin.lock())?;
        let token = self.token(config::secret("KEYDESK_DATA_TOKEN"))?;
        let answer = self.ask(&key, token.as_deref().map(String::as_str))?;
        let decision = Decision::read(&answer)?;
        match self.output {
            Format::Json => output::json(&String::from_utf8_lossy(&answer.body))?,
            Format::Table => output::fields(&decision.fields())?,
        }
        if decision.allowed {
            return Ok(());
        }
        let message = format!("the key may not pass: {}", output::escape(&decision.code));
        Err(Fault::new(Kind::Refused, "denied", message))
    }

    fn token(&self, given: Option<Zeroizing<String>>) -> Result<Option<Zeroizing<String>>, Fault> {
        let readers = Readers::allowed(self.allow_insecure_permissions);
        match (given, path(self.data_token_file.as_ref())) {
            (Some(_), Some(_)) => {
                let message = "set KEYDESK_DATA_TOKEN or KEYDESK_DATA_TOKEN_FILE, not both";
                Err(Fault::new(Kind::Config, "credentials_invalid", message))
            }
            (Some(token), None) => Ok(Some(token)),
            (None, Some(file)) => read_secret(&file, readers).map(Some),
            (None, None) => Ok(None),
        }
    }

    fn ask(&self, key: &str, token: Option<&str>) -> Result<Answer, Fault> {
        let question = Question {
            key,
            action: self.action.as_deref(),
            resource: self.resource.as_deref(),
            client_ip: self.client_ip.as_deref(),
            organization_id: self.organization_id.as_deref(),
        };
        let body = serde_json::to_string(&question)
            .map_err(|error| Fault::new(Kind::Software, "encode", error.to_string()))?;
        let given = self.data_url.as_deref().filter(|url| !url.is_empty());
        let http = Http::new(Url::parse(given.unwrap_or(DATA_URL))?);
        let mut request = http.request(Method::POST, "/v1/verify").header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("x-keydesk-token", token);
        }
        http.send(request, Some(body))
    }
}

/// The first line, without the line break at its end.
fn first_line(input: impl BufRead) -> Result<Zeroizing<String>, Fault> {
    let refused = |code, what: &str| Fault::new(Kind::Data, code, what.to_owned());
    let mut line = Zeroizing::new(Vec::new());
    let read = input.take(KEY_BYTES_MAX + 1).read_until(b'\n', &mut line);
    read.map_err(|error| Fault::new(Kind::Io, "cannot_read", format!("stdin cannot be read: {error}")))?;
    if u64::try_from(line.len()).is_ok_and(|size| size > KEY_BYTES_MAX) {
        return Err(refused("key_too_long", "the key on stdin is longer than any key"));
    }
    let text =
        std::str::from_utf8(&line).map_err(|_| refused("key_not_text", "the key on stdin is not text"))?;
    let key = text.trim_end_matches(['\n', '\r']);
    if key.is_empty() {
        return Err(Fault::new(Kind::Usage, "no_key", "give the key on stdin: `keydesk verify < file`"));
    }
    Ok(Zeroizing::new(key.to_owned()))
}

#[cfg(test)]
mod tests;
