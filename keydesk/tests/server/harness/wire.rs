//! HTTP by hand: exactly these bytes are sent, and the whole answer is looked at.

use serde_json::Value;
use std::fmt::Display;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Longer than anything takes; only so that a test which is stuck ends.
const PATIENCE: Duration = Duration::from_secs(60);
/// Headers in which any two answers differ.
const DIFFERENT: [&str; 3] = ["date", "x-request-id", "x-pinecone-request-id"];

/// A request about to be sent.
#[derive(Clone)]
pub(crate) struct Request {
    method: String,
    target: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Option<Vec<u8>>,
}

impl Request {
    pub(crate) fn new(method: &str, target: &str) -> Request {
        Request { method: method.into(), target: target.into(), headers: Vec::new(), body: None }
    }

    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Request {
        self.headers.push((name.into(), value.as_ref().into()));
        self
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Request {
        self.body = Some(body.as_ref().into());
        self
    }

    pub(crate) fn json(self, body: &Value) -> Request {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    pub(crate) fn send(&self, to: SocketAddr) -> Answer {
        self.try_send(to).unwrap_or_else(|| panic!("no answer to {} {}", self.method, self.target))
    }

    /// `None` when the server is not there, or went away before it had answered.
    pub(crate) fn try_send(&self, to: SocketAddr) -> Option<Answer> {
        exchange(to, &self.bytes(to))
    }

    /// Over a Unix socket, where the Host is nobody's name.
    pub(crate) fn send_through(&self, path: &Path) -> Answer {
        let answer = exchange_through(path, &self.bytes("nobody.example"));
        answer.unwrap_or_else(|| panic!("no answer to {} {}", self.method, self.target))
    }

    fn bytes(&self, to: impl Display) -> Vec<u8> {
        let mut out =
            format!("{} {} HTTP/1.1\r\nConnection: close\r\n", self.method, self.target).into_bytes();
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            out.extend(format!("Host: {to}\r\n").into_bytes());
        }
        for (name, value) in &self.headers {
            out.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        if let Some(body) = &self.body {
            out.extend(format!("Content-Length: {}\r\n", body.len()).into_bytes());
        }
        out.extend(b"\r\n");
        out.extend(self.body.as_deref().unwrap_or_default());
        out
    }
}

/// Sends these bytes on a connection of their own and reads until the server closes it.
pub(crate) fn exchange(to: SocketAddr, bytes: &[u8]) -> Option<Answer> {
    let socket = TcpStream::connect(to).ok()?;
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.set_write_timeout(Some(PATIENCE)).unwrap();
    converse(socket, bytes)
}

fn exchange_through(path: &Path, bytes: &[u8]) -> Option<Answer> {
    let socket = UnixStream::connect(path).ok()?;
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.set_write_timeout(Some(PATIENCE)).unwrap();
    converse(socket, bytes)
}

fn converse(mut socket: impl Read + Write, bytes: &[u8]) -> Option<Answer> {
    // A server may answer and stop reading before it was sent everything.
    let _ = socket.write_all(bytes);
    let mut answer = Vec::new();
    let mut chunk = [0; 16 << 10];
    while let Ok(count @ 1..) = socket.read(&mut chunk) {
        answer.extend(&chunk[..count]);
    }
    Answer::parse(&answer)
}

/// A whole answer.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Option<Answer> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let split =
            |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        let answer =
            Answer { status, headers: lines.filter_map(split).collect(), body: bytes[end + 4..].to_vec() };
        let length = answer.header("content-length").and_then(|length| length.parse().ok());
        // Cut short is no answer; the answers to HEAD and 304 have no body at all.
        (answer.body.is_empty() || length.is_none_or(|length: usize| length == answer.body.len()))
            .then_some(answer)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The code of an error in the Admin API's published shape; `None` when anything about the shape is off.
    pub(crate) fn admin_code(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        let sound = body["status"] == self.status
            && body["error"]["message"].as_str().is_some_and(|message| !message.is_empty())
            && self.header("content-type") == Some("application/json")
            && self.header("cache-control") == Some("no-store");
        sound.then(|| body["error"]["code"].as_str().map(str::to_owned))?
    }

    /// The code of an RFC 9457 problem; `None` when anything about the shape is off.
    pub(crate) fn problem_code(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        let sound = body["status"] == self.status
            && body["title"].as_str().is_some_and(|title| !title.is_empty())
            && body["request_id"].as_str().is_none_or(|id| Some(id) == self.header("x-request-id"))
            && self.header("content-type") == Some("application/problem+json");
        sound.then(|| body["code"].as_str().map(str::to_owned))?
    }

    /// Everything but what differs between any two answers.
    pub(crate) fn bare(mut self) -> Answer {
        self.headers.retain(|(name, _)| !DIFFERENT.contains(&&**name));
        self
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown: String = self.text().chars().take(400).collect();
        let told = |(name, _): &&(String, String)| !DIFFERENT.contains(&&**name);
        write!(f, "{} {shown:?} {:?}", self.status, self.headers.iter().filter(told).collect::<Vec<_>>())
    }
}
