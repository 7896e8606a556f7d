//! A server for tests: one thread, one connection at a time, answers made up by the test.

use super::{Connection, Session};
use crate::exit::Fault;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

pub(crate) const TOKEN: &str = "header.claims.signature";

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) body: String,
    headers: Vec<(String, String)>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// A server that is up while this lives; its thread ends with the tests.
pub(crate) struct Fake {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    credentials: tempfile::NamedTempFile,
}

impl Fake {
    /// Answers every request with a status and a body.
    pub(crate) fn start(answer: impl Fn(&Seen) -> (u16, String) + Send + 'static) -> Fake {
        Fake::listen(move |seen| {
            let (status, body) = answer(seen);
            let head =
                format!("HTTP/1.1 {status} S\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            (head + &body).into_bytes()
        })
    }

    /// Sells tokens, and answers every other request.
    pub(crate) fn admin(answer: impl Fn(&Seen) -> (u16, String) + Send + 'static) -> Fake {
        Fake::start(move |seen| {
            if seen.line.starts_with("POST /oauth/token ") {
                (200, format!(r#"{{"access_token":"{TOKEN}","token_type":"Bearer","expires_in":1800}}"#))
            } else {
                answer(seen)
            }
        })
    }

    /// Answers with these bytes, whatever is asked.
    pub(crate) fn raw(bytes: &'static [u8]) -> Fake {
        Fake::listen(|_| bytes.to_vec())
    }

    fn listen(answer: impl Fn(&Seen) -> Vec<u8> + Send + 'static) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let request = receive(&stream);
                log.lock().unwrap().push(request.clone());
                // The client may have gone: that is its own test's business.
                let _ = (&stream).write_all(&answer(&request));
            }
        });
        let credentials = private_file(r#"{"client_id":"sa id","client_secret":"s+3&cret"}"#);
        Fake { address, seen, credentials }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn connection(&self) -> Connection {
        Connection::to(&self.url(), self.credentials.path())
    }

    pub(crate) fn session(&self) -> Session {
        self.connection().session_for_test()
    }
}

fn receive(stream: &TcpStream) -> Seen {
    let mut reader = BufReader::new(stream);
    let mut next = || {
        let mut line = Vec::new();
        let _ = reader.read_until(b'\n', &mut line);
        String::from_utf8_lossy(&line).trim_end().to_owned()
    };
    let line = next();
    let mut headers = Vec::new();
    while let Some((name, value)) = next().split_once(": ") {
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let mut seen = Seen { line, body: String::new(), headers };
    let size = seen.header("content-length").and_then(|size| size.parse().ok()).unwrap_or(0);
    let _ = reader.take(size).read_to_string(&mut seen.body);
    seen
}

/// A file that only its owner can read.
pub(crate) fn private_file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// The number that a process which ends with this fault would exit with.
pub(crate) fn exit_code(fault: &Fault) -> u8 {
    let code = fault.print(true);
    (0..=u8::MAX).find(|number| std::process::ExitCode::from(*number) == code).unwrap()
}
