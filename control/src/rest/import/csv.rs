//! The records of a CSV text (RFC 4180), read as they come in.

use super::entry;
use super::reader::Lost;
use crate::ops::import::Draft;
use api::admin::ImportEntry;
use csv_core::ReadRecordResult;
use zeroize::{Zeroize, Zeroizing};

/// One record, without its quotes. A thousand networks fit.
const RECORD_BYTES_MAX: usize = 64 << 10;
const COLUMNS_MAX: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    Value,
    Sha256,
    Graphql,
    Enabled,
    CreatedAt,
    Networks,
}

impl Column {
    const ALL: [Column; 7] = [
        Column::Name,
        Column::Value,
        Column::Sha256,
        Column::Graphql,
        Column::Enabled,
        Column::CreatedAt,
        Column::Networks,
    ];

    fn name(self) -> &'static str {
        match self {
            Column::Name => "name",
            Column::Value => "value",
            Column::Sha256 => "sha256",
            Column::Graphql => "graphql",
            Column::Enabled => "enabled",
            Column::CreatedAt => "created_at",
            Column::Networks => "allowed_ip_cidrs",
        }
    }
}

/// What has come of the text.
pub(super) struct Records {
    reader: csv_core::Reader,
    columns: Option<Vec<Column>>,
    /// The record under way.
    text: Zeroizing<Vec<u8>>,
    written: usize,
    ends: [usize; COLUMNS_MAX],
    ended: usize,
    quotes: usize,
    /// Where it began.
    line: u32,
}

impl Default for Records {
    fn default() -> Records {
        let text = Zeroizing::new(vec![0; RECORD_BYTES_MAX]);
        let ends = [0; COLUMNS_MAX];
        let reader = csv_core::Reader::new();
        Records { reader, columns: None, text, written: 0, ends, ended: 0, quotes: 0, line: 1 }
    }
}

impl Records {
    pub(super) fn feed(&mut self, mut bytes: &[u8], draft: &mut Draft) -> Result<(), Lost> {
        while !bytes.is_empty() {
            let take = self.step(bytes, draft)?;
            bytes = bytes.get(take..).unwrap_or_default();
        }
        Ok(())
    }

    pub(super) fn end(mut self, draft: &mut Draft) {
        // The last line may have no end of its own. Without any, the reader says that all is over.
        if self.step(&[], draft).is_ok() && self.columns.is_none() {
            draft.refuse(1, "there is nothing: the first line must name the columns");
        }
    }

    /// Reads up to the end of a record or of what there is; answers how much that was.
    fn step(&mut self, bytes: &[u8], draft: &mut Draft) -> Result<usize, Lost> {
        if self.written == 0 && self.ended == 0 && self.quotes == 0 {
            self.line = u32::try_from(self.reader.line()).unwrap_or(u32::MAX);
        }
        // Line ends before a record are read one at a time, so that it is known where the record begins.
        let is_between = self.is_between();
        let piece = match bytes {
            [b'\r' | b'\n', ..] if is_between => bytes.get(..1).unwrap_or_default(),
            _ => bytes,
        };
        let text = self.text.get_mut(self.written..).unwrap_or_default();
        let ends = self.ends.get_mut(self.ended..).unwrap_or_default();
        let (result, read, written, ended) = self.reader.read_record(piece, text, ends);
        self.quotes += piece.get(..read).unwrap_or_default().iter().filter(|byte| **byte == b'"').count();
        self.written += written;
        self.ended += ended;
        match result {
            ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            ReadRecordResult::Record => self.record(draft)?,
            ReadRecordResult::OutputFull => return self.lost("longer than 64 KiB", draft),
            ReadRecordResult::OutputEndsFull => return self.lost("more than 32 columns", draft),
        }
        Ok(read)
    }

    /// Nothing of a record has come.
    fn is_between(&self) -> bool {
        self.written == 0 && self.ended == 0 && self.quotes == 0
    }

    fn record(&mut self, draft: &mut Draft) -> Result<(), Lost> {
        let taken = if self.quotes % 2 == 1 {
            self.lost("a quote is not closed, or not doubled", draft).map(drop)
        } else {
            match &self.columns {
                None => self.header(draft),
                Some(columns) => self.row(columns, draft),
            }
        };
        let used = self.written;
        self.text.get_mut(..used).unwrap_or_default().zeroize();
        (self.written, self.ended, self.quotes) = (0, 0, 0);
        taken
    }

    fn fields(&self) -> Option<Vec<&str>> {
        let ends = self.ends.get(..self.ended)?;
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let field = |(start, end): (usize, &usize)| std::str::from_utf8(self.text.get(start..*end)?).ok();
        starts.zip(ends).map(field).collect()
    }

    fn header(&mut self, draft: &mut Draft) -> Result<(), Lost> {
        let columns = self.fields().ok_or("not UTF-8".to_owned()).and_then(|names| columns(&names));
        match columns {
            Ok(columns) => {
                self.columns = Some(columns);
                Ok(())
            }
            Err(message) => self.lost(&message, draft).map(drop),
        }
    }

    fn row(&self, columns: &[Column], draft: &mut Draft) -> Result<(), Lost> {
        let Some(fields) = self.fields() else {
            draft.refuse(self.line, "not UTF-8");
            return Ok(());
        };
        if fields.len() != columns.len() {
            let (found, wanted) = (fields.len(), columns.len());
            draft.refuse(self.line, format!("{found} columns, where the header has {wanted}"));
            return Ok(());
        }
        match written(columns, &fields) {
            Ok(written) => entry::take(self.line, &written, draft),
            Err(message) => {
                draft.refuse(self.line, message);
                Ok(())
            }
        }
    }

    fn lost(&self, message: &str, draft: &mut Draft) -> Result<usize, Lost> {
        draft.refuse(self.line, message);
        Err(Lost)
    }
}

fn columns(names: &[&str]) -> Result<Vec<Column>, String> {
    let all = || Column::ALL.map(Column::name).join(", ");
    let mut columns = Vec::new();
    for name in names {
        // What is not known is not repeated: without a header, the first line is a key.
        let column = Column::ALL.into_iter().find(|column| column.name() == *name);
        let column =
            column.ok_or_else(|| format!("the first line must name the columns, which can be {}", all()))?;
        if columns.contains(&column) {
            return Err(format!("the column `{name}` is named twice"));
        }
        columns.push(column);
    }
    let has = |column| columns.contains(&column);
    if has(Column::Name) && has(Column::Graphql) && (has(Column::Value) || has(Column::Sha256)) {
        Ok(columns)
    } else {
        Err("the first line must name the columns `name`, `graphql`, and `value` or `sha256`".into())
    }
}

/// The record as an entry; an empty field is absent.
fn written(columns: &[Column], fields: &[&str]) -> Result<ImportEntry, &'static str> {
    let mut entry = ImportEntry::default();
    for (column, field) in columns.iter().zip(fields).filter(|(_, field)| !field.is_empty()) {
        let text = (*field).to_owned();
        match column {
            Column::Name => entry.name = text,
            Column::Value => entry.value = Some(Zeroizing::new(text)),
            Column::Sha256 => entry.sha256 = Some(text),
            Column::Graphql => entry.graphql = text,
            Column::Enabled => entry.enabled = Some(switch(field)?),
            Column::CreatedAt => entry.created_at = Some(text),
            Column::Networks => {
                entry.allowed_ip_cidrs =
                    Some(field.split(' ').filter(|part| !part.is_empty()).map(str::to_owned).collect());
            }
        }
    }
    Ok(entry)
}

fn switch(text: &str) -> Result<bool, &'static str> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("`enabled` must be true or false"),
    }
}
