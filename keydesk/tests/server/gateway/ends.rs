//! How the gateway begins and ends with the rest.

use super::streams::{connect, events, until};
use super::{head, stage, writer};
use crate::harness::{Request, Site, Upstream};
use std::io::Write;
use std::net::TcpListener;

#[test]
fn what_is_under_way_is_finished_when_the_server_drains() {
    let (upstream, say) = events();
    let stage = stage(&upstream);
    let mut socket = connect(&stage);
    socket.write_all(format!("{}\r\n", head(&writer(&stage), "GET /p/events")).as_bytes()).unwrap();
    say.send("data: 1\n\n").unwrap();
    until(&mut socket, "data: 1\n\n");
    stage.server.signal("TERM");
    while !stage.server.log().contains("draining") {}
    say.send("data: 2\n\n").unwrap();
    until(&mut socket, "data: 2\n\n");
    drop(say);
    until(&mut socket, "0\r\n\r\n");
    assert!(stage.server.wait().success());
}

#[test]
fn a_server_whose_gateway_cannot_listen_does_not_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, said) = Site::sqlite().flag("--gateway-listen", &address).refused();
    assert_eq!(code, 78, "{said}");
    assert!(said.contains(&address), "{said}");
    let both = Site::sqlite().flag("--gateway-listen", "127.0.0.1:9").flag("--listen", "127.0.0.1:9");
    assert_eq!(both.refused().0, 78);
}

#[test]
fn ready_means_that_the_gateway_answers_too() {
    let upstream = Upstream::plain();
    let stage = stage(&upstream);
    assert_eq!(Request::new("GET", "/readyz").send(stage.server.data).status, 200);
    assert_eq!(Request::new("GET", "/").send(stage.server.gateway()).status, 404);
}
