//! How a command ends: the exit codes of sysexits(3), and one line that says why.

use std::process::ExitCode;

/// Why a command stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    kind: Kind,
    code: &'static str,
    message: String,
}

/// The exit codes used, by their names in sysexits(3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 1: the answer is no.
    Refused = 1,
    /// 64: the command line is wrong.
    Usage = 64,
    /// 65: the input, or the request made from it, is refused.
    Data = 65,
    /// 66: the named thing is not there.
    NoInput = 66,
    /// 69: a server or database does not answer.
    Unavailable = 69,
    /// 70: a bug.
    Software = 70,
    /// 73: an output file cannot be made.
    CantCreate = 73,
    /// 74: reading or writing failed.
    Io = 74,
    /// 75: try again later.
    TempFail = 75,
    /// 76: the other side does not speak the protocol; TLS that fails, too.
    Protocol = 76,
    /// 77: not permitted.
    NoPermission = 77,
    /// 78: the configuration is wrong.
    Config = 78,
}

impl Fault {
    /// A fault with a stable word for programs and a sentence for people.
    pub(crate) fn new(kind: Kind, code: &'static str, message: impl Into<String>) -> Fault {
        Fault { kind, code, message: message.into() }
    }

    /// The sentence for people.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Prints the fault on stderr: one line, or a JSON object.
    pub(crate) fn print(&self, json: bool) -> ExitCode {
        let line = if json {
            serde_json::json!({ "error": { "code": self.code, "message": self.message } }).to_string()
        } else {
            format!("keydesk: {}", self.message)
        };
        // A closed stderr leaves nobody to tell.
        let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{line}\n").as_bytes());
        ExitCode::from(self.kind as u8)
    }
}
