//! What each door says of each refusal, whatever brought it about, and the messages of Envoy byte by byte.

use super::CREDENTIALS;
use super::asked::{Family, Headers};
use super::identity::{IDENTITY, Identity};
use super::message;
use super::refused::{Hands, Refused};
use super::reply::{REMOVED, reply};
use api::verify::VerifyCode;
use domain::TrustedPeers;
use http::{HeaderMap, StatusCode};

fn refused(code: VerifyCode) -> Refused {
    Refused::of(code, || "write:ENDPOINT/ep1".into())
}

/// The codes of a verdict, each with the status that clients of every door see.
const EACH: [(VerifyCode, u16); 9] = [
    (VerifyCode::Malformed, 401),
    (VerifyCode::Unknown, 401),
    (VerifyCode::Revoked, 401),
    (VerifyCode::Disabled, 401),
    (VerifyCode::Expired, 401),
    (VerifyCode::IpNotAllowed, 403),
    (VerifyCode::InsufficientScope, 403),
    (VerifyCode::RateLimited, 429),
    (VerifyCode::QuotaExceeded, 429),
];

#[test]
fn every_verdict_is_said_in_the_words_of_http() {
    for (code, status) in EACH {
        for hands in [Hands::On, Hands::NotOn] {
            let response = reply(Err(refused(code)), hands, None, HeaderMap::new());
            assert_eq!(response.status(), status, "{code:?}");
            let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
            let challenge = header("www-authenticate").unwrap_or_default();
            match status {
                401 => assert!(challenge.contains("error=\"invalid_token\""), "{code:?} {challenge}"),
                429 => assert_eq!(header("retry-after"), Some("1"), "{code:?}"),
                _ if code == VerifyCode::InsufficientScope => {
                    assert!(challenge.contains("error=\"insufficient_scope\", scope=\"write:ENDPOINT/ep1\""));
                }
                _ => assert_eq!(challenge, "", "{code:?}: the key itself is fine"),
            }
            assert!(response.headers().keys().all(|name| !name.as_str().starts_with("x-auth-")));
        }
    }
}

#[test]
fn a_door_whose_gateways_hand_it_on_answers_two_keys_with_400_and_the_others_with_401() {
    assert_eq!(Refused::Several.status(Hands::On), StatusCode::BAD_REQUEST);
    assert_eq!(Refused::Several.status(Hands::NotOn), StatusCode::UNAUTHORIZED);
    assert_eq!(Refused::Anonymous.headers().unwrap().1, "Bearer realm=\"api\"");
    let stale = reply(Err(Refused::Stale), Hands::NotOn, None, HeaderMap::new());
    assert_eq!(
        (stale.status(), &stale.headers()["retry-after"]),
        (StatusCode::SERVICE_UNAVAILABLE, &"1".parse().unwrap())
    );
}

#[test]
fn lines_say_what_headers_do() {
    let mut lines = Vec::new();
    assert!(Identity::sample().write_lines(&mut lines));
    let lines = String::from_utf8(lines).unwrap();
    let lines: Vec<(&str, &str)> =
        lines.split_terminator("\r\n").map(|line| line.split_once(": ").unwrap()).collect();
    assert_eq!(lines, Identity::sample().each().collect::<Vec<_>>());
}

/// The fields of a message: numbers as their value, the rest as bytes.
fn fields(mut message: &[u8]) -> Vec<(u64, u64, Vec<u8>)> {
    fn varint(rest: &mut &[u8]) -> u64 {
        let mut number = 0;
        for shift in (0..).step_by(7) {
            let byte = rest[0];
            *rest = &rest[1..];
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        number
    }
    let mut found = Vec::new();
    while !message.is_empty() {
        let tag = varint(&mut message);
        let number = varint(&mut message);
        match tag & 7 {
            0 => found.push((tag >> 3, number, Vec::new())),
            2 => {
                let (bytes, rest) = message.split_at(usize::try_from(number).unwrap());
                found.push((tag >> 3, 0, bytes.to_vec()));
                message = rest;
            }
            other => panic!("wire type {other}"),
        }
    }
    found
}

/// Name, value, and whether the option says to replace, also by nothing.
fn options(message: &[u8], field: u64) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let option = |bytes: &[u8]| {
        let parts = fields(bytes);
        assert_eq!(parts[1..], [(2, 0, vec![]), (4, 1, vec![])], "append is false, an empty value is kept");
        let header = fields(&parts[0].2);
        (text(&header[0].2), text(&header[1].2))
    };
    fields(message).iter().filter(|(found, ..)| *found == field).map(|(.., bytes)| option(bytes)).collect()
}

fn unframed(bytes: &[u8]) -> Vec<(u64, u64, Vec<u8>)> {
    assert_eq!(bytes[0], 0);
    assert_eq!(u32::from_be_bytes(bytes[1..5].try_into().unwrap()) as usize, bytes.len() - 5);
    fields(&bytes[5..])
}

#[test]
fn every_verdict_is_said_in_the_words_of_envoy() {
    for (code, status) in EACH.into_iter().chain([(VerifyCode::Allowed, 503)]) {
        let refused = if status == 503 { Refused::Stale } else { refused(code) };
        let answer = unframed(&message::refuse(&refused, Some("r")));
        let grpc = match status {
            401 => 16,
            429 => 8,
            503 => 14,
            _ => 7,
        };
        assert_eq!(fields(&answer[0].2)[0], (1, grpc, vec![]), "{code:?}");
        assert_eq!(answer[1].0, 2, "denied_response");
        let denied = &answer[1].2;
        assert_eq!(fields(&fields(denied)[0].2), [(1, u64::from(status), vec![])], "{code:?}");
        let headers = options(denied, 2);
        let has = |name: &str| headers.iter().any(|(found, _)| found == name);
        assert!(has("content-type") && has("cache-control"));
        assert_eq!(has("retry-after"), status == 429 || status == 503, "{code:?}");
        assert_eq!(
            has("www-authenticate"),
            status == 401 || code == VerifyCode::InsufficientScope,
            "{code:?}"
        );
    }
}

#[test]
fn a_request_that_passes_has_all_headers_of_identity_and_none_of_the_key() {
    let answer = unframed(&message::pass(&Identity::sample()));
    assert_eq!(answer[0], (1, 0, vec![]), "an OK status");
    assert_eq!(answer[1].0, 3, "ok_response");
    let set: Vec<String> = options(&answer[1].2, 2).into_iter().map(|(name, _)| name).collect();
    assert_eq!(set, IDENTITY);
    let removed = fields(&answer[1].2).into_iter().filter(|(field, ..)| *field == 5).map(|(.., name)| name);
    assert_eq!(removed.collect::<Vec<_>>(), CREDENTIALS.map(|name| name.as_bytes().to_vec()));

    let response = reply(Ok(Identity::sample()), Hands::On, None, HeaderMap::new());
    assert_eq!(response.status(), StatusCode::OK);
    assert!(IDENTITY.iter().all(|name| response.headers().get_all(*name).iter().count() == 1));
    assert_eq!(response.headers()["x-envoy-auth-headers-to-remove"], CREDENTIALS.join(","));
    assert_eq!(REMOVED, CREDENTIALS.join(","));
    assert!(!response.headers().contains_key("content-type"));
}

#[test]
fn no_bytes_are_a_message_that_they_are_not() {
    for bytes in
        [&[0x0a][..], &[0x0a, 5, 1], &[0x0b, 0], &[0xff; 12], &[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], &[8, 1]]
    {
        let read = message::read(bytes);
        // A number where nothing is asked for is passed over; in the place of a message it is none.
        assert!(read.is_none(), "{bytes:?}");
    }
    assert!(message::read(&[0x10, 1, 0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x25, 1, 2, 3, 4]).is_some());
    assert!(message::read(&[]).is_some_and(|check| check.method.is_empty()));
}

#[test]
fn a_name_with_underscores_or_of_another_family_is_another_request() {
    let read = |name: &'static str, family| {
        let proxies = TrustedPeers::nobody();
        let headers = [
            ("x-forwarded-method", &b"GET"[..]),
            ("x-forwarded-host", b"a"),
            ("x-forwarded-uri", b"/"),
            ("x-original-method", b"GET"),
            ("x-original-url", b"https://a/"),
            (name, b"x"),
        ];
        let mine = |found: &&(&str, &[u8])| match family {
            Family::Forwarded => !found.0.starts_with("x-original") || found.0 == name,
            Family::Original => !found.0.starts_with("x-forwarded") || found.0 == name,
        };
        Headers::read(headers.iter().filter(mine).copied(), Some(family)).told(family, &proxies).map(drop)
    };
    for family in [Family::Forwarded, Family::Original] {
        assert_eq!(read("accept", family), Ok(()));
        for name in ["x_forwarded_uri", "x-rewrite-url", "x-http-method-override", "X-HTTP_METHOD-Override"] {
            assert_eq!(read(name, family), Err(Refused::OtherRequest), "{name}");
        }
    }
    assert_eq!(read("x-original-url", Family::Forwarded), Err(Refused::OtherRequest));
    assert_eq!(read("x-forwarded-uri", Family::Original), Err(Refused::OtherRequest));
    assert_eq!(read("x-forwarded-uri", Family::Forwarded), Err(Refused::NotTold), "said twice");
}
