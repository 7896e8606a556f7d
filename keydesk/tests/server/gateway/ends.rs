//! How the gateway begins and ends with the rest.

use super::streams::{connect, events, until};
use super::{head, stage, with, writer};
use crate::harness::{Request, Site, Tally, Upstream};
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
    let ready = Request::new("GET", "/readyz").try_send(stage.server.data);
    assert!(ready.is_none_or(|answer| answer.status == 503), "nothing new is to be sent here");
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
    let ready = Request::new("GET", "/readyz").send(stage.server.data);
    assert_eq!((ready.status, &ready.json()["checks"]["listeners"]), (200, &"ok".into()));
    let key = writer(&stage);
    assert_eq!(with(&key, "GET", "/p/x").send(stage.server.gateway()).status, 200);
    assert_eq!(upstream.only().line, "GET /p/x");
}

#[test]
fn nothing_of_the_other_listeners_is_at_the_gateway() {
    let upstream = Upstream::plain();
    let stage = stage(&upstream);
    let key = writer(&stage);
    let mut tally = Tally::default();
    for path in
        ["/", "/readyz", "/livez", "/metrics", "/v1/verify", "/authz/forward", "/admin/projects", "/login"]
    {
        for method in ["GET", "POST"] {
            let answer = with(&key, method, path).send(stage.server.gateway());
            tally.problem(format_args!("{method} {path}"), &answer, 404, "no_route");
        }
    }
    tally.equal("nothing arrived", &upstream.seen().len(), &0);
    tally.end();
}
