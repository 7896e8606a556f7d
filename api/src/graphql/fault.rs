//! Why a document was refused before anything of it was done. What was sent is not repeated: it may be a secret.

use std::fmt;

/// The first thing that is wrong with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It does not follow the grammar.
    Syntax {
        /// What should be there, or must not.
        what: &'static str,
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
    },
    /// It nests too deep.
    TooDeep,
    /// It is too long, or it would expand to too much.
    TooComplex(&'static str),
    /// It follows the grammar, and makes no sense.
    Senseless(&'static str),
}

impl Fault {
    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Fault::Syntax { .. } => "PARSE_ERROR",
            Fault::TooDeep => "TOO_DEEP",
            Fault::TooComplex(_) => "TOO_COMPLEX",
            Fault::Senseless(_) => "GRAPHQL_VALIDATION_FAILED",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Syntax { what, line, column } => {
                write!(f, "syntax error at line {line}, column {column}: {what}")
            }
            Fault::TooDeep => f.write_str("the document nests too deep"),
            Fault::TooComplex(what) | Fault::Senseless(what) => f.write_str(what),
        }
    }
}
