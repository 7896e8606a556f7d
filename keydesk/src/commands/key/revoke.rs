//! `key revoke`: for ever, so the person at the terminal is asked first.

use super::Style;
use super::change::One;
use super::view::Shown;
use crate::client::Session;
use crate::exit::{Fault, Kind};
use crate::output;
use std::io::{self, BufRead, IsTerminal, Write};

/// `key revoke`
#[derive(Debug, clap::Args)]
pub(crate) struct Revoke {
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Let the keys live on that this key made
    #[arg(long)]
    no_cascade: bool,
    #[command(flatten)]
    pub(super) one: One,
}

impl Revoke {
    pub(super) fn run(&self, session: &mut Session) -> Result<(), Fault> {
        let stdin = io::stdin();
        let asked = stdin.is_terminal().then(|| stdin.lock());
        let count = self.revoke(session, asked)?;
        let id = output::escape(&self.one.id);
        match self.one.common.style() {
            Style::Json => {
                let done = serde_json::json!({"id": self.one.id, "status": "revoked", "revoked": count});
                output::print(&format!("{done}\n"))
            }
            Style::Ids => output::print(&format!("{id}\n")),
            Style::Table => output::print(&format!("{id}  revoked{}\n", besides(count))),
        }
    }

    /// Revokes the key and answers how many keys that were; `person` is who can be asked, if there is somebody.
    fn revoke(&self, session: &mut Session, person: Option<impl BufRead>) -> Result<u64, Fault> {
        if !self.yes {
            let Some(person) = person else {
                let message = "revoking is for ever, and nobody can be asked here: pass --yes";
                return Err(Fault::new(Kind::Usage, "yes_needed", message));
            };
            let key: Shown = session.get(&self.one.path())?;
            if !agrees(&key, person)? {
                return Err(Fault::new(Kind::Refused, "not_confirmed", "nothing was revoked"));
            }
        }
        let path = self.one.path();
        let path = if self.no_cascade { format!("{path}?cascade=false") } else { path };
        // A server that does not say made an end of the one that was named.
        Ok(session.delete(&path)?.number("x-keydesk-revoked").unwrap_or(1))
    }
}

/// What is said of the keys that went with it.
fn besides(count: u64) -> String {
    match count {
        0 | 1 => String::new(),
        2 => ", and the one key that it made".into(),
        more => format!(", and the {} keys that it made", more - 1),
    }
}

fn agrees(key: &Shown, person: impl BufRead) -> Result<bool, Fault> {
    let name = output::escape(&key.name);
    let question = format!("revoke `{name}` ({}) for ever? [y/N] ", output::escape(&key.hint));
    let mut answer = String::new();
    let asked =
        io::stderr().write_all(question.as_bytes()).and_then(|()| person.take(100).read_line(&mut answer));
    asked.map_err(|error| {
        Fault::new(Kind::Io, "cannot_ask", format!("the terminal cannot be used: {error}"))
    })?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::fake::{Fake, exit_code};
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        revoke: Revoke,
    }

    fn revoke(arguments: &[&str], person: Option<&[u8]>) -> (Option<u8>, Vec<String>) {
        let server = Fake::admin(|seen| match seen.line.as_bytes() {
            [b'D', ..] => (202, String::new()),
            _ => (200, r#"{"id":"k1","name":"ci","hint":"rpa_7K2M…x9Qa"}"#.into()),
        });
        let line = Line::try_parse_from([&["revoke", "k1"], arguments].concat()).ok().unwrap();
        let result = line.revoke.revoke(&mut server.session(), person);
        let asked = server.seen().into_iter().map(|seen| seen.line).filter(|line| line.contains("/admin/"));
        (result.err().as_ref().map(exit_code), asked.collect())
    }

    const GET: &str = "GET /admin/api-keys/k1 HTTP/1.1";
    const DELETE: &str = "DELETE /admin/api-keys/k1 HTTP/1.1";

    #[test]
    fn without_yes_and_with_nobody_to_ask_nothing_is_sent() {
        assert_eq!(revoke(&[], None), (Some(64), vec![]));
    }

    #[test]
    fn with_yes_nobody_is_asked() {
        assert_eq!(revoke(&["--yes"], None), (None, vec![DELETE.into()]));
        assert_eq!(revoke(&["--yes"], Some(b"n\n")), (None, vec![DELETE.into()]));
    }

    #[test]
    fn the_keys_it_made_live_on_only_where_that_was_said() {
        let alone = DELETE.replace(" HTTP", "?cascade=false HTTP");
        assert_eq!(revoke(&["--yes", "--no-cascade"], None), (None, vec![alone]));
    }

    #[test]
    fn how_many_keys_went_with_it_is_said() {
        let texts = [(1, ""), (2, ", and the one key that it made"), (9, ", and the 8 keys that it made")];
        for (count, text) in texts {
            assert_eq!(besides(count), text);
        }
    }

    #[test]
    fn only_a_plain_yes_revokes() {
        for answer in ["y\n", "yes\n", "YES"] {
            assert_eq!(revoke(&[], Some(answer.as_bytes())), (None, vec![GET.into(), DELETE.into()]));
        }
        for answer in ["", "\n", "n\n", "yep\n", "no yes\n"] {
            assert_eq!(revoke(&[], Some(answer.as_bytes())), (Some(1), vec![GET.into()]), "{answer}");
        }
    }
}
