//! `Date`, written once a second by each thread.

use std::cell::Cell;
use std::time::{Duration, UNIX_EPOCH};

use crate::clock;

const BYTES: usize = "Sun, 06 Nov 1994 08:49:37 GMT".len();

thread_local! {
    /// A second, and how it is said.
    static WRITTEN: Cell<(u64, [u8; BYTES])> = const { Cell::new((u64::MAX, [b' '; BYTES])) };
}

/// Writes the line of an answer's head.
pub(super) fn write(out: &mut Vec<u8>) {
    let second = u64::try_from(clock::now().seconds()).unwrap_or(0);
    let (known, mut text) = WRITTEN.get();
    if known != second {
        let said = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second));
        text.iter_mut().zip(said.bytes()).for_each(|(to, from)| *to = from);
        WRITTEN.set((second, text));
    }
    for part in [b"date: ", text.as_slice(), b"\r\n"] {
        out.extend_from_slice(part);
    }
}
