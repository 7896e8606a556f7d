//! What is said little by little, both ways, and what a connection may become.

use super::{head, stage, writer};
use crate::harness::{Key, Seen, Stage, Upstream};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

pub(super) fn connect(stage: &Stage) -> TcpStream {
    let socket = TcpStream::connect(stage.server.gateway()).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    socket
}

/// Reads until this has come.
pub(super) fn until(socket: &mut TcpStream, end: &str) -> String {
    let (mut text, mut byte) = (Vec::new(), [0]);
    while !text.ends_with(end.as_bytes()) {
        let count = socket.read(&mut byte).unwrap();
        assert!(count > 0, "the connection ended: {}", String::from_utf8_lossy(&text));
        text.push(byte[0]);
    }
    String::from_utf8(text).unwrap()
}

/// Sends one event, and the next only when the test has seen the one before. A WebSocket says everything back.
pub(super) fn events() -> (Upstream, Sender<&'static str>) {
    let (say, hear) = channel::<&'static str>();
    let hear = Mutex::new(hear);
    let upstream = Upstream::answering(move |seen, socket| {
        if !seen.all("upgrade").is_empty() {
            return say_back(seen, socket);
        }
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        socket.write_all(head.as_bytes()).unwrap();
        for event in hear.lock().unwrap().iter() {
            let chunk = format!("{:x}\r\n{event}\r\n", event.len());
            socket.write_all(chunk.as_bytes()).unwrap();
        }
        socket.write_all(b"0\r\n\r\n").is_ok()
    });
    (upstream, say)
}

#[test]
fn an_event_arrives_before_the_next_one_is_said() {
    let (upstream, say) = events();
    let stage = stage(&upstream);
    let mut socket = connect(&stage);
    let request = format!("{}\r\n", head(&writer(&stage), "GET /p/events"));
    socket.write_all(request.as_bytes()).unwrap();
    for event in ["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"] {
        say.send(event).unwrap();
        until(&mut socket, event);
    }
    drop(say);
    until(&mut socket, "0\r\n\r\n");
}

#[test]
fn a_body_arrives_before_its_end_is_sent_and_its_trailers_after() {
    let (say, hear) = channel();
    let say = Mutex::new(say);
    // The head is all that it waits for.
    let upstream = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            until(&mut socket, "first\r\n");
            say.lock().unwrap().send(()).unwrap();
            let rest = until(&mut socket, "\r\n\r\n").to_lowercase();
            let kept = rest.contains("x-sum: 7") && !rest.contains("x-auth-org");
            let status = if kept { "200 OK" } else { "500 Lost" };
            let trailers =
                "Trailer: x-out\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Out: 9\r\n\r\n";
            socket.write_all(format!("HTTP/1.1 {status}\r\n{trailers}").as_bytes()).unwrap();
        });
        address
    };
    let mut stand_in = Upstream::plain();
    stand_in.address = upstream;
    let stage = stage(&stand_in);
    let mut socket = connect(&stage);
    let head = head(&writer(&stage), "POST /p/upload");
    let head =
        format!("{head}TE: trailers\r\nTrailer: x-sum, x-auth-org\r\nTransfer-Encoding: chunked\r\n\r\n");
    socket.write_all(format!("{head}5\r\nfirst\r\n").as_bytes()).unwrap();
    hear.recv_timeout(Duration::from_secs(60)).expect("the first piece has arrived");
    socket.write_all(b"4\r\nlast\r\n0\r\nX-Sum: 7\r\nX-Auth-Org: another\r\n\r\n").unwrap();
    let answer = until(&mut socket, "\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let rest = until(&mut socket, "\r\n\r\n").to_lowercase();
    assert!(rest.contains("x-out: 9"), "{rest}");
}

/// Switches, and then says everything back.
pub(super) fn say_back(seen: &Seen, socket: &mut TcpStream) -> bool {
    if seen.all("upgrade") != ["websocket"] || seen.all("connection") != ["upgrade"] {
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhttp").unwrap();
        return true;
    }
    let accept = seen.all("sec-websocket-key").join("");
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).unwrap();
    let mut bytes = [0; 1024];
    while let Ok(count @ 1..) = socket.read(&mut bytes) {
        socket.write_all(&bytes[..count]).unwrap();
    }
    false
}

/// A WebSocket that has said something already, and the answer that began it.
pub(super) fn websocket(stage: &Stage, key: &Key) -> (TcpStream, String) {
    let mut socket = connect(stage);
    let head = head(key, "GET /p/socket");
    // What comes early must not be lost.
    let request =
        format!("{head}Connection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: k\r\n\r\nearly");
    socket.write_all(request.as_bytes()).unwrap();
    let answer = until(&mut socket, "\r\n\r\n").to_lowercase();
    until(&mut socket, "early");
    (socket, answer)
}

#[test]
fn a_websocket_passes_both_ways_and_ends_when_either_side_does() {
    let upstream = Upstream::answering(say_back);
    let stage = stage(&upstream);
    let (mut socket, answer) = websocket(&stage, &writer(&stage));
    assert!(answer.starts_with("http/1.1 101") && answer.contains("sec-websocket-accept: k"), "{answer}");
    assert!(answer.contains("upgrade: websocket") && answer.contains("connection: upgrade"), "{answer}");
    for word in ["one", "two"] {
        socket.write_all(word.as_bytes()).unwrap();
        until(&mut socket, word);
    }
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(socket.read(&mut [0]).unwrap(), 0, "both ends are closed");
}

#[test]
fn no_other_protocol_is_switched_to() {
    let upstream = Upstream::answering(say_back);
    let stage = stage(&upstream);
    let key = writer(&stage);
    for more in [
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n",
        "Connection: close\r\nUpgrade: websocket\r\n",
    ] {
        let mut socket = connect(&stage);
        socket.write_all(format!("{}{more}\r\n", head(&key, "GET /p/x")).as_bytes()).unwrap();
        let answer = until(&mut socket, "http");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let seen = upstream.seen().pop().unwrap();
        assert_eq!(seen.all("http2-settings"), [""; 0]);
    }
}
