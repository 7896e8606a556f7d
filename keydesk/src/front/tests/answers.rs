//! What an answer carries, and to whom it is given.

use axum::response::IntoResponse;

use super::*;

#[tokio::test]
async fn a_length_beside_chunked_is_not_believed_and_ends_the_connection() {
    let server = Server::start().await;
    for headers in [
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
    ] {
        let post = format!("POST /echo HTTP/1.1\r\nHost: a\r\n{headers}\r\n2\r\nhi\r\n0\r\n\r\n");
        let mut client = server.client().await;
        client.send(post + &get_path("/smuggled")).await;
        let answer = client.answer().await.unwrap();
        assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
        assert!(client.is_closed().await);
    }
}

#[tokio::test]
async fn a_panic_is_answered_without_its_text() {
    let answer = Server::start().await.ask(get_path("/panic")).await;
    assert_eq!(answer.problem()["code"], "internal");
    assert!(!answer.body.contains("42"));
}

#[tokio::test]
async fn a_host_outside_the_allow_list_is_misdirected() {
    let hosts = HostRule::only(["Keydesk.example", "[::1]:8081"]).unwrap();
    let server = Server::with(|front| front.hosts = hosts).await;
    for (host, status) in [
        ("keydesk.EXAMPLE", 200),
        ("keydesk.example:80", 200),
        ("keydesk.example:443", 200),
        ("[::1]:8081", 200),
        ("keydesk.example:8081", 421),
        ("[::1]", 421),
        ("evil.test", 421),
        ("keydesk.example.evil.test", 421),
    ] {
        let answer = server.ask(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).await;
        assert_eq!(answer.status, status, "{host}");
    }
    assert_eq!(server.ask("GET / HTTP/1.0\r\n\r\n").await.status, 421);
    assert!(HostRule::only(["a/b"]).is_err());
}

#[tokio::test]
async fn a_route_sees_the_peer_and_the_id_that_the_client_gets() {
    let server = Server::start().await;
    let answer = server.ask("GET /id HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n\r\n").await;
    assert_eq!(Some(answer.body.as_str()), answer.header("x-request-id"));
    assert!(server.ask(get_path("/peer")).await.body.starts_with("127.0.0.1:"));
}

#[tokio::test]
async fn a_listener_may_refuse_in_its_own_shape() {
    let render: Render = |refused| {
        let path = refused.path.to_owned();
        (http::StatusCode::BAD_REQUEST, path).into_response()
    };
    let server = Server::with(|front| front.render = render).await;
    let answer = server.ask("TRACE /admin/keys HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!((answer.status, answer.body.as_str()), (400, "/admin/keys"));
}
