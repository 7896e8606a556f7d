//! `key import`: sends a file of keys that another system made. The server reads it, CSV or JSON, and says what is
//! wrong with which line.

use super::{Common, Style};
use crate::client::{Answer, Session, encode};
use crate::exit::{Fault, Kind};
use crate::output;
use api::admin::{ImportProgress, ImportReport};
use clap::builder::NonEmptyStringValueParser;
use serde::Deserialize;
use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

/// `key import`
#[derive(Debug, clap::Args)]
pub(crate) struct Import {
    /// File with the keys: CSV with a header, or a JSON array; `-` for stdin
    file: PathBuf,
    /// The project the keys shall belong to; that of the credentials, or the only one, when absent
    #[arg(long, env = "KEYDESK_PROJECT", value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    project: Option<String>,
    /// Take keys that may be guessed, too: digests, and values under 20 characters. Each needs allowed_ip_cidrs
    #[arg(long)]
    allow_weak: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

/// A line of the answer.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Progress(ImportProgress),
    Report(ImportReport),
    Refused { status: u16 },
}

/// What is wrong with the file.
#[derive(Deserialize)]
struct Refused {
    error: Told,
}

#[derive(Deserialize)]
struct Told {
    details: Option<Faults>,
}

#[derive(Deserialize)]
struct Faults {
    count: u64,
    lines: Vec<FaultyLine>,
}

#[derive(Deserialize)]
struct FaultyLine {
    line: u64,
    message: String,
}

impl Import {
    pub(super) fn run(&self, session: &mut Session) -> Result<(), Fault> {
        let mut file = open(&self.file)?;
        let report = self.send(session, &mut *file)?;
        match self.common.style() {
            Style::Json => output::print(&format!("{}\n", serde_json::json!(report))),
            Style::Ids => output::print(&format!("{}\n", output::escape(&report.id))),
            Style::Table => output::fields(&[
                ("imported", report.imported.to_string()),
                ("project", report.project_id),
                ("import", report.id),
            ]),
        }
    }

    fn send(&self, session: &mut Session, file: &mut dyn Read) -> Result<ImportReport, Fault> {
        let project = session.project(self.project.as_deref())?;
        let weak = if self.allow_weak { "?allow_weak=true" } else { "" };
        let path = format!("/admin/projects/{}/api-keys/import{weak}", encode(&project));
        let (mut report, mut refused) = (None, None);
        let mut shown = Shown::new(io::stderr().is_terminal());
        let mut watched = Watched { file, shown: &mut shown, sent: 0 };
        let mut progress = Shown::new(io::stderr().is_terminal());
        let answer = session.upload(&path, &mut watched, |text| {
            // What is not said here is said by the line that is missing in the end.
            match serde_json::from_slice(text).ok() {
                Some(Line::Progress(ImportProgress { done, total })) => {
                    progress.show(&format!("{} % checked and written", done * 100 / total.max(1)));
                }
                Some(Line::Report(found)) => report = Some(found),
                Some(Line::Refused { status }) => refused = Some(Answer::late(status, text.to_vec())),
                None => {}
            }
            Ok(())
        });
        progress.clear();
        match (answer?.or(refused), report) {
            (Some(answer), _) => Err(self.refused(&answer)),
            (None, Some(report)) => Ok(report),
            (None, None) => Err(cut_off()),
        }
    }

    /// Prints what is wrong line by line, if that is what is wrong.
    fn refused(&self, answer: &Answer) -> Fault {
        let read: Option<Refused> = serde_json::from_slice(&answer.body).ok();
        let Some(faults) = read.and_then(|refused| refused.error.details) else { return answer.fault() };
        let rows = faults.lines.iter().map(|fault| vec![fault.line.to_string(), fault.message.clone()]);
        let printed = match self.common.style() {
            Style::Json => output::print(&format!("{}\n", faults.json())),
            Style::Table | Style::Ids => output::table(&["LINE", "WHAT IS WRONG"], rows),
        };
        let more = faults.count > u64::try_from(faults.lines.len()).unwrap_or(u64::MAX);
        let message = format!(
            "nothing was imported: {} faults{}",
            faults.count,
            if more { ", of which the first are listed" } else { "" }
        );
        printed.err().unwrap_or_else(|| Fault::new(Kind::Data, "invalid_argument", message))
    }
}

impl Faults {
    fn json(&self) -> serde_json::Value {
        let line = |fault: &FaultyLine| serde_json::json!({"line": fault.line, "message": fault.message});
        serde_json::json!({"count": self.count, "lines": self.lines.iter().map(line).collect::<Vec<_>>()})
    }
}

/// Whether the last change was made is not known then, and all of it may be there.
fn cut_off() -> Fault {
    let message = "the connection ended before the outcome was known: list the keys of the project before you \
        import the file again";
    Fault::new(Kind::TempFail, "outcome_unknown", message)
}

fn open(path: &Path) -> Result<Box<dyn Read>, Fault> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdin()));
    }
    let refused = |error: io::Error| {
        Fault::new(Kind::NoInput, "cannot_read", format!("{} cannot be read: {error}", path.display()))
    };
    let file = File::open(path).map_err(refused)?;
    if file.metadata().map_err(refused)?.is_dir() {
        return Err(Fault::new(Kind::NoInput, "cannot_read", format!("{} is a folder", path.display())));
    }
    Ok(Box::new(file))
}

/// A file that is sent, with somebody looking on.
struct Watched<'a> {
    file: &'a mut dyn Read,
    shown: &'a mut Shown,
    sent: usize,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.sent += count;
        self.shown.show(&format!("{} MB sent", self.sent / 1_000_000));
        if count == 0 {
            self.shown.clear();
        }
        Ok(count)
    }
}

/// One line on a terminal that is written over again and again.
struct Shown {
    is_seen: bool,
    last: String,
}

impl Shown {
    fn new(is_seen: bool) -> Shown {
        Shown { is_seen, last: String::new() }
    }

    fn show(&mut self, text: &str) {
        if self.is_seen && text != self.last {
            text.clone_into(&mut self.last);
            // A closed stderr leaves nobody to tell.
            let _ = io::stderr().write_all(format!("\r\x1b[K{text}").as_bytes());
        }
    }

    fn clear(&mut self) {
        if self.is_seen && !self.last.is_empty() {
            self.last.clear();
            let _ = io::stderr().write_all(b"\r\x1b[K");
        }
    }
}
