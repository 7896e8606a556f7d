//! The one kind of request that the short lane answers: a `GET` without a body, its whole head here, nothing in it that
//! changes how the connection goes on. Any other is hyper's to read and `guard`'s to judge.

use arrayvec::ArrayVec;
use httparse::{Request, Status};
use std::mem::MaybeUninit;

use super::host::Authority;
use super::{Direct, Front};

/// The longest head, cookies included.
pub(super) const HEAD_BYTES_MAX: usize = 8 << 10;
const FIELDS_MAX: usize = 48;

/// What says that there is a body, or what it is, or that another protocol follows.
const CHANGES: [&str; 5] = ["content-encoding", "content-length", "expect", "transfer-encoding", "upgrade"];

/// Names as they were sent, and values.
pub(super) type Fields<'b> = ArrayVec<(&'b str, &'b [u8]), FIELDS_MAX>;

/// What the bytes of a connection begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// A request for the lane; its head is this long.
    Plain(usize),
    /// What may become one.
    Part,
    /// Anything else.
    Other,
}

/// Reads as hyper does, with the same parser.
pub(super) fn read<'b>(
    bytes: &'b [u8],
    fields: &mut Fields<'b>,
    front: &Front,
    direct: &dyn Direct,
) -> Begin {
    let mut found = [const { MaybeUninit::uninit() }; FIELDS_MAX];
    let mut request = Request::new(&mut []);
    let parsed = request.parse_with_uninit_headers(bytes, &mut found);
    let is_ours = request.method == Some("GET") && request.path.is_some_and(|path| direct.takes_lines(path));
    match (parsed, request.version) {
        (Ok(Status::Complete(length)), Some(1)) if is_ours => {
            fields.extend(request.headers.iter().map(|field| (field.name, field.value)));
            if is_plain(fields, length, front) { Begin::Plain(length) } else { Begin::Other }
        }
        (Ok(Status::Partial), None | Some(1)) if is_ours => Begin::Part,
        (Ok(Status::Complete(_) | Status::Partial) | Err(_), _) => Begin::Other,
    }
}

/// Whether `guard` would let it pass, and nothing in it is for the connection.
fn is_plain(fields: &Fields<'_>, length: usize, front: &Front) -> bool {
    let limits = &front.limits;
    if fields.len() > limits.headers_max || length > limits.head_bytes_max {
        return false;
    }
    let mut host = None;
    for (name, value) in fields {
        if name.len() + value.len() > limits.field_bytes_max {
            return false;
        }
        // The first letter says of most that they are none of these.
        match name.as_bytes().first().map_or(0, u8::to_ascii_lowercase) {
            b'h' if name.eq_ignore_ascii_case("host") && host.replace(*value).is_some() => return false,
            b'c' if name.eq_ignore_ascii_case("connection") && !value.eq_ignore_ascii_case(b"keep-alive") => {
                return false;
            }
            b'c' | b'e' | b't' | b'u' if CHANGES.iter().any(|other| name.eq_ignore_ascii_case(other)) => {
                return false;
            }
            _ => {}
        }
    }
    let host = host.and_then(|host| std::str::from_utf8(host).ok()).and_then(Authority::parse);
    host.is_some_and(|host| front.hosts.admits(Some(host)))
}
