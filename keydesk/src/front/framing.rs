//! Where requests end, read from the bytes beside hyper. It accepts lines that end with a bare line feed, and drops a
//! length that comes with a coding; a proxy must refuse both, or somebody else may find another request in them.

use super::refusal::Refusal;

/// Only names and lengths are looked at; both are shorter.
const BEGIN_BYTES: usize = 64;

/// Follows the bytes of one connection.
#[derive(Debug)]
pub(super) struct Framing {
    place: Place,
    line: Line,
    /// The framing that the head has named so far.
    length: Option<u64>,
    is_chunked: bool,
    fault: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first line of a head, where empty lines may stand.
    Start,
    Head,
    Body(u64),
    ChunkSize,
    /// Data, and the end of the line behind it.
    Chunk(u64),
    Trailers,
}

impl Place {
    /// How many bytes come before the next line.
    fn left(self) -> Option<u64> {
        match self {
            Place::Body(left) | Place::Chunk(left) => Some(left).filter(|left| *left > 0),
            Place::Start | Place::Head | Place::ChunkSize | Place::Trailers => None,
        }
    }
}

/// The line that is being read.
#[derive(Debug)]
struct Line {
    begin: [u8; BEGIN_BYTES],
    length: usize,
    has_return: bool,
}

impl Framing {
    pub(super) fn new() -> Framing {
        let line = Line { begin: [0; BEGIN_BYTES], length: 0, has_return: false };
        Framing { place: Place::Start, line, length: None, is_chunked: false, fault: None }
    }

    /// What is wrong; it stays wrong for as long as the connection is open.
    pub(super) fn fault(&self) -> Option<Refusal> {
        self.fault.map(Refusal::Malformed)
    }

    /// The next bytes of the connection.
    pub(super) fn take(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.fault.is_none() {
            bytes = match self.place.left() {
                Some(left) => self.skip(left, bytes),
                None => self.read(bytes),
            };
        }
    }

    fn skip<'b>(&mut self, left: u64, bytes: &'b [u8]) -> &'b [u8] {
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let left = left - count as u64;
        self.place = match self.place {
            Place::Chunk(_) => Place::Chunk(left),
            Place::Body(_) if left > 0 => Place::Body(left),
            Place::Body(_) | Place::Start | Place::Head | Place::ChunkSize | Place::Trailers => Place::Start,
        };
        bytes.get(count..).unwrap_or_default()
    }

    /// Reads to the end of a line.
    fn read<'b>(&mut self, bytes: &'b [u8]) -> &'b [u8] {
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            self.line.append(bytes, &mut self.fault);
            return &[];
        };
        let (line, rest) = bytes.split_at(end);
        self.line.append(line, &mut self.fault);
        if !self.line.has_return {
            self.fault = Some("a line that ends without a carriage return");
        }
        self.end_line();
        self.line.length = 0;
        self.line.has_return = false;
        rest.get(1..).unwrap_or_default()
    }

    fn end_line(&mut self) {
        let is_empty = self.line.length == 0;
        match self.place {
            Place::Start if is_empty => {}
            Place::Start => {
                (self.length, self.is_chunked) = (None, false);
                self.place = Place::Head;
            }
            Place::Head if is_empty => self.end_head(),
            Place::Head => self.field(),
            Place::Chunk(_) if is_empty => self.place = Place::ChunkSize,
            Place::Chunk(_) => self.fault = Some("a chunk that is longer than its size"),
            Place::ChunkSize => self.chunk(),
            Place::Trailers if is_empty => self.place = Place::Start,
            Place::Trailers | Place::Body(_) => {}
        }
    }

    fn field(&mut self) {
        let Some((name, value)) = self.line.field() else { return };
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.is_chunked = true;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            let is_plain = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
            let length = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            match (length.filter(|_| is_plain), self.length) {
                (Some(length), None) => self.length = Some(length),
                _ => self.fault = Some("a Content-Length that is not one number, once"),
            }
        }
    }

    fn end_head(&mut self) {
        self.place = match (self.is_chunked, self.length) {
            (true, Some(_)) => {
                self.fault = Some("both Transfer-Encoding and Content-Length");
                Place::Start
            }
            (true, None) => Place::ChunkSize,
            (false, None | Some(0)) => Place::Start,
            (false, Some(length)) => Place::Body(length),
        };
    }

    fn chunk(&mut self) {
        let text = self.line.text();
        let size = text.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        let size = std::str::from_utf8(size).ok().and_then(|size| u64::from_str_radix(size, 16).ok());
        match size {
            Some(0) => self.place = Place::Trailers,
            Some(size) => self.place = Place::Chunk(size),
            None => self.fault = Some("a chunk without a size"),
        }
    }
}

impl Line {
    /// More of the line, without the line feed at its end.
    fn append(&mut self, bytes: &[u8], fault: &mut Option<&'static str>) {
        // Whatever follows a carriage return, it is no line feed.
        if self.has_return && !bytes.is_empty() {
            *fault = Some("a carriage return in the middle of a line");
        }
        let plain = match bytes.split_last() {
            Some((b'\r', before)) => {
                self.has_return = true;
                before
            }
            _ => bytes,
        };
        if plain.contains(&b'\r') {
            *fault = Some("a carriage return in the middle of a line");
        }
        let kept = self.begin.get_mut(self.length.min(BEGIN_BYTES)..).unwrap_or_default();
        for (to, from) in kept.iter_mut().zip(plain) {
            *to = *from;
        }
        self.length += plain.len();
    }

    /// The beginning of the line.
    fn text(&self) -> &[u8] {
        self.begin.get(..self.length.min(BEGIN_BYTES)).unwrap_or_default()
    }

    /// Name and value. A value that does not fit is none of those that are looked at.
    fn field(&self) -> Option<(&[u8], &[u8])> {
        let text = self.text();
        let colon = text.iter().position(|byte| *byte == b':')?;
        let (name, value) = text.split_at(colon);
        let is_whole = self.length <= BEGIN_BYTES;
        let value = if is_whole { value.get(1..).unwrap_or_default().trim_ascii() } else { &[] };
        Some((name.trim_ascii(), value))
    }
}

#[cfg(test)]
mod tests {
    use super::Framing;

    /// However the bytes are cut, what is found is the same.
    fn fault(bytes: &str) -> bool {
        let whole = {
            let mut framing = Framing::new();
            framing.take(bytes.as_bytes());
            framing.fault()
        };
        for size in 1..8 {
            let mut framing = Framing::new();
            bytes.as_bytes().chunks(size).for_each(|piece| framing.take(piece));
            assert_eq!(framing.fault(), whole, "{bytes:?} in pieces of {size}");
        }
        whole.is_some()
    }

    #[test]
    fn requests_with_one_end_pass() {
        for bytes in [
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n\r\n\n\rGET / HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\nPOST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\n\n\r\r\n1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        ] {
            assert!(!fault(bytes), "{bytes:?}");
        }
        assert!(!fault(&format!("GET / HTTP/1.1\r\nX-Long: {}\r\n\r\n", "a:\t".repeat(99))));
    }

    #[test]
    fn requests_with_two_ends_do_not() {
        for bytes in [
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n\n",
            "GET / HTTP/1.1\r\nX: a\rb\r\n\r\n",
            "GET / HTTP/1.1\r\nX: a\r\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
            "POST / HTTP/1.1\r\ncontent-length: 1\r\nCONTENT-LENGTH: 1\r\n\r\na",
            "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\na",
            "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\na",
            "GET / HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\nx\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;a\rb\r\nx\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;a\r\r\nx\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\n0\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: 1\nX-B: 2\r\n\r\n",
        ] {
            assert!(fault(bytes), "{bytes:?}");
        }
        assert!(fault(&format!("POST / HTTP/1.1\r\nContent-Length: {}1\r\n\r\na", "0".repeat(99))));
    }
}
