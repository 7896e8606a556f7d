//! What commands print: tables for people, JSON for programs, on stdout; remarks on stderr.

use crate::exit::{Fault, Kind};
use comfy_table::{Table, presets};
use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write};

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns, for people
    Table,
    /// The API's own JSON, on one line
    Json,
}

/// Prints a text on stdout as it is.
pub(crate) fn print(text: &str) -> Result<(), Fault> {
    write(&mut io::stdout().lock(), text)
}

/// Prints a server's JSON unchanged, on one line. Line breaks in JSON stand between tokens only: inside texts
/// they are escaped.
pub(crate) fn json(text: &str) -> Result<(), Fault> {
    print(&format!("{}\n", text.replace(['\n', '\r'], "")))
}

/// Prints rows under their headings.
pub(crate) fn table(headings: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<(), Fault> {
    let mut table = bare();
    table.set_header(headings.iter().copied());
    table.add_rows(rows.map(|row| row.iter().map(|cell| escape(cell)).collect::<Vec<_>>()));
    print(&lines(&table))
}

/// Prints what is known of one thing, a line for each field.
pub(crate) fn fields(fields: &[(&str, String)]) -> Result<(), Fault> {
    let mut table = bare();
    table.add_rows(fields.iter().map(|(name, value)| [(*name).to_owned(), escape(value)]));
    print(&lines(&table))
}

/// Says something to the person at the terminal; not part of the output.
pub(crate) fn note(text: &str) {
    // A closed stderr leaves nobody to tell.
    let _ = io::stderr().write_all(format!("{}\n", escape(text)).as_bytes());
}

/// Makes visible what would move the cursor, colour the screen or turn the reading direction.
pub(crate) fn escape(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_invisible(character) {
            // Writing to a string cannot fail.
            let _ = write!(shown, "{}", character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

fn is_invisible(character: char) -> bool {
    let steers = matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    );
    steers || character.is_control()
}

/// No borders: columns that `awk` can read as well.
fn bare() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

fn lines(table: &Table) -> String {
    table.lines().map(|line| format!("{}\n", line.trim())).collect()
}

/// Writes all of it. A reader that has gone (`| head -1`) had enough: that is no failure.
fn write(stdout: &mut impl Write, text: &str) -> Result<(), Fault> {
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Fault::new(Kind::Io, "cannot_write", format!("stdout cannot be written: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken(ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_has_gone_is_no_failure() {
        assert_eq!(write(&mut Broken(ErrorKind::BrokenPipe), "text"), Ok(()));
    }

    #[test]
    fn a_full_disk_is_a_failure() {
        assert!(write(&mut Broken(ErrorKind::StorageFull), "text").is_err());
    }

    #[test]
    fn nothing_in_a_name_reaches_the_terminal_as_a_command() {
        assert_eq!(escape("\x1b[31mred\r\n\u{9b}2J"), r"\u{1b}[31mred\u{d}\u{a}\u{9b}2J");
        assert_eq!(escape("a\u{202e}b\u{200b}c"), r"a\u{202e}b\u{200b}c");
        assert_eq!(escape("Zoë’s key 鍵"), "Zoë’s key 鍵");
    }

    #[test]
    fn a_table_has_one_line_for_each_row_however_long() {
        let mut table = bare();
        table.set_header(["ID", "NAME"]);
        table.add_row(["1".to_owned(), "x".repeat(500)]);
        table.add_row(["22".to_owned(), escape("two\nlines")]);
        assert_eq!(lines(&table), format!("ID  NAME\n1   {}\n22  two\\u{{a}}lines\n", "x".repeat(500)));
    }
}
