//! Which of the two forms the body has, and the keys in it, piece by piece.

use super::csv::Records;
use super::json::Elements;
use crate::ops::import::Draft;
use zeroize::Zeroizing;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads keys out of a body that comes in frames.
#[derive(Default)]
pub(super) struct Reader(Form);

#[derive(Default)]
enum Form {
    /// Nothing that tells has come yet; what has, in case it is the beginning of CSV.
    #[default]
    Unknown,
    Marked(Zeroizing<Vec<u8>>),
    Json(Box<Elements>),
    Csv(Box<Records>),
    /// What follows cannot be read in any certain way.
    Lost,
}

/// There is no telling where the next key begins.
pub(super) struct Lost;

impl Reader {
    /// Reads the next bytes; what is wrong with them goes into the draft.
    pub(super) fn feed(&mut self, bytes: &[u8], draft: &mut Draft) {
        let read = match &mut self.0 {
            Form::Unknown => return self.begin(&Zeroizing::new(Vec::new()), bytes, draft),
            Form::Marked(before) => {
                let before = std::mem::take(before);
                return self.begin(&before, bytes, draft);
            }
            Form::Json(elements) => elements.feed(bytes, draft),
            Form::Csv(records) => records.feed(bytes, draft),
            Form::Lost => return,
        };
        if let Err(Lost) = read {
            self.0 = Form::Lost;
        }
    }

    /// All has come.
    pub(super) fn end(self, draft: &mut Draft) {
        match self.0 {
            Form::Unknown | Form::Marked(_) => {
                draft.refuse(1, "there is nothing: send a JSON array, or CSV with a header")
            }
            Form::Json(elements) => elements.end(draft),
            Form::Csv(records) => records.end(draft),
            Form::Lost => {}
        }
    }

    /// JSON begins with `[`. Spreadsheets put a byte order mark before CSV; JSON has none (RFC 8259 section 8.1).
    fn begin(&mut self, before: &[u8], bytes: &[u8], draft: &mut Draft) {
        let all = Zeroizing::new([before, bytes].concat());
        if all.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(&all) {
            self.0 = Form::Marked(all);
            return;
        }
        let (marked, text) = match all.strip_prefix(BYTE_ORDER_MARK) {
            Some(text) => (true, text),
            None => (false, &**all),
        };
        self.0 = match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None if !marked => return self.0 = Form::Unknown,
            Some(b'{') => {
                draft.refuse(1, "a JSON object: send an array of them, or CSV with a header");
                Form::Lost
            }
            Some(b'[') if marked => {
                draft.refuse(1, "JSON must not begin with a byte order mark");
                Form::Lost
            }
            Some(b'[') => Form::Json(Box::default()),
            Some(_) | None => Form::Csv(Box::default()),
        };
        self.feed(text, draft);
    }
}
