//! A small API behind the gateway: it keeps what it is sent, and answers as the test says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What a test does with a request: whether the connection stays.
pub(crate) type Answering = dyn Fn(&Seen, &mut TcpStream) -> bool + Send + Sync;

pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<AtomicUsize>,
}

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Method and target.
    pub(crate) line: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Vec<(String, String)>,
}

impl Seen {
    /// All values of this name.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str()).collect()
    }
}

/// A whole answer with this body.
pub(crate) fn answer(socket: &mut TcpStream, status: &str, body: &str) {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    // The gateway may be gone.
    let _ = socket.write_all(head.as_bytes());
}

impl Upstream {
    /// Answers everything with 200.
    pub(crate) fn plain() -> Upstream {
        Upstream::answering(|_, socket| {
            answer(socket, "200 OK", "upstream");
            true
        })
    }

    pub(crate) fn answering(
        does: impl Fn(&Seen, &mut TcpStream) -> bool + Send + Sync + 'static,
    ) -> Upstream {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let upstream = Upstream {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            connections: Arc::default(),
        };
        let (does, seen, connections): (Arc<Answering>, _, _) =
            (Arc::new(does), Arc::clone(&upstream.seen), Arc::clone(&upstream.connections));
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (does, seen) = (Arc::clone(&does), Arc::clone(&seen));
                std::thread::spawn(move || serve(socket, &seen, &*does));
            }
        });
        upstream
    }

    /// Everything that arrived so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The one request that arrived.
    pub(crate) fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.into_iter().next().unwrap()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn serve(mut socket: TcpStream, seen: &Mutex<Vec<Seen>>, does: &Answering) {
    let mut reader = BufReader::new(socket.try_clone().unwrap());
    while let Some(request) = read(&mut reader) {
        seen.lock().unwrap().push(request.clone());
        if !does(&request, &mut socket) {
            return;
        }
    }
}

/// The next request, whole; `None` at the end of the connection.
fn read(reader: &mut BufReader<TcpStream>) -> Option<Seen> {
    let first = line(reader)?;
    let line = first.strip_suffix(" HTTP/1.1")?.to_owned();
    let mut seen = Seen { line, headers: fields(reader)?, ..Seen::default() };
    if let Some(length) = seen.all("content-length").first() {
        seen.body = vec![0; length.parse().ok()?];
        reader.read_exact(&mut seen.body).ok()?;
    } else if seen.all("transfer-encoding") == ["chunked"] {
        while let Some(length @ 1..) =
            self::line(reader).and_then(|size| usize::from_str_radix(&size, 16).ok())
        {
            let mut chunk = vec![0; length];
            reader.read_exact(&mut chunk).ok()?;
            seen.body.extend(chunk);
            self::line(reader)?;
        }
        seen.trailers = fields(reader)?;
    }
    Some(seen)
}

fn fields(reader: &mut BufReader<TcpStream>) -> Option<Vec<(String, String)>> {
    let mut fields = Vec::new();
    loop {
        let line = line(reader)?;
        if line.is_empty() {
            return Some(fields);
        }
        let (name, value) = line.split_once(':')?;
        fields.push((name.to_lowercase(), value.trim().to_owned()));
    }
}

fn line(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
    Some(line.trim_end_matches(['\r', '\n']).to_owned())
}
