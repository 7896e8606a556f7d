//! What is wrong with the keys of an import, line by line.

use std::fmt;

/// Faults that are told; the rest are only counted.
const TOLD: usize = 100;

/// What is wrong with one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line, or the place in the array; counted from 1.
    pub line: u32,
    /// A sentence for people.
    pub message: String,
}

/// All that is wrong, in the order of the lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// The first of them.
    pub told: Vec<Fault>,
    /// How many there are.
    pub count: u64,
}

impl Faults {
    pub(super) fn add(&mut self, line: u32, message: impl Into<String>) {
        self.count += 1;
        let at = self.told.partition_point(|fault| fault.line <= line);
        if at < TOLD {
            self.told.insert(at, Fault { line, message: message.into() });
            self.told.truncate(TOLD);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "nothing was imported: ")?;
        match (self.count, self.told.first()) {
            (1, Some(only)) => write!(f, "line {}: {}", only.line, only.message),
            (count, Some(first)) => {
                write!(f, "{count} faults; the first: line {}: {}", first.line, first.message)
            }
            (_, None) => f.write_str("the keys have faults"),
        }
    }
}
