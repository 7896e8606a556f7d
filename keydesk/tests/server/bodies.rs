//! JSON bodies of API keys (bad-input J): refused whole, or taken as written.

use crate::harness::{Site, Stage, Tally};

/// Bodies that no create of a key takes.
fn refused_keys() -> Vec<(&'static str, Vec<u8>)> {
    let deep = |depth: usize| format!(r#"{{"name":"k","x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    let many: String = (0..50_000).map(|number| format!(r#","m{number}":1"#)).collect();
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("J-01 empty", text("")),
        ("J-01 white space", text(" \r\n\t")),
        ("J-01 nothing in it", text("{}")),
        ("J-05 positional", text(r#"["k",["ProjectEditor"]]"#)),
        ("J-05 a list of one", text(r#"[{"name":"k"}]"#)),
        ("J-05 null", text("null")),
        ("J-05 text", text(r#""k""#)),
        ("J-05 a form", text("name=k")),
        ("J-07 unknown field", text(r#"{"name":"k","expire_at":"2030-01-01T00:00:00Z"}"#)),
        ("J-07 in another case", text(r#"{"Name":"k"}"#)),
        ("J-08 null", text(r#"{"name":null}"#)),
        ("J-08 a number", text(r#"{"name":1}"#)),
        ("J-08 a list", text(r#"{"name":["a"]}"#)),
        ("J-08 an object", text(r#"{"name":{}}"#)),
        ("J-09 empty", text(r#"{"name":""}"#)),
        ("J-09 blank", text("{\"name\":\" \\t\u{3000}\"}")),
        ("J-09 81 characters", text(&serde_json::json!({"name": "é".repeat(81)}).to_string())),
        ("J-09 NUL", text(r#"{"name":"a\u0000b"}"#)),
        ("J-09 a line break", text(r#"{"name":"a\nb"}"#)),
        ("J-09 escape sequence", text(r#"{"name":"\u001b[31mred"}"#)),
        ("J-09 C1 control", text(r#"{"name":"a\u0085b"}"#)),
        ("J-11 byte order mark", text("\u{feff}{\"name\":\"k\"}")),
        ("J-11 UTF-16", "{\"name\":\"k\"}".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("J-12 twice", text(r#"{"name":"a","name":"b"}"#)),
        ("J-12 twice, escaped", text(r#"{"name":"a","n\u0061me":"b"}"#)),
        ("J-12 two of them", text(r#"{"name":"a"}{"name":"b"}"#)),
        ("J-12 a tail", text(r#"{"name":"a"} x"#)),
        ("J-12 a comment", text(r#"{"name":"a"/* */}"#)),
        ("J-13 129 deep", text(&deep(129))),
        ("J-13 10,000 deep", text(&deep(10_000))),
        ("J-14 50,000 fields", text(&format!(r#"{{"name":"k"{many}}}"#))),
        ("J-22 invalid UTF-8", b"{\"name\":\"a\xff\"}".to_vec()),
        ("J-22 overlong", b"{\"name\":\"a\xc0\xaf\"}".to_vec()),
        ("J-22 lone surrogate", text(r#"{"name":"\ud800"}"#)),
        ("J-32 own id", text(r#"{"name":"k","id":"01a1fd74-d772-79df-9763-35a5869daa68"}"#)),
        ("J-32 own secret", text(r#"{"name":"k","value":"rpa_X"}"#)),
        ("J-32 own hint", text(r#"{"name":"k","hint":"rpa_X"}"#)),
        ("J-32 own creator", text(r#"{"name":"k","created_by":"operator"}"#)),
        ("enabled as text", text(r#"{"name":"k","enabled":"true"}"#)),
        ("enabled as number", text(r#"{"name":"k","enabled":1}"#)),
        ("enabled twice", text(r#"{"name":"k","enabled":false,"enabled":true}"#)),
        ("class unknown", text(r#"{"name":"k","class":"root"}"#)),
        ("class in another case", text(r#"{"name":"k","class":"Admin"}"#)),
        ("class empty", text(r#"{"name":"k","class":""}"#)),
        ("class a number", text(r#"{"name":"k","class":1}"#)),
        ("too large", [br#"{"name":"k","x":""#.as_slice(), &vec![b'x'; 1 << 20], b"\"}"].concat()),
    ]
}

both!(a_body_that_does_not_fit_makes_no_key);
fn a_body_that_does_not_fit_makes_no_key(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let before = owner.census();
    let mut tally = Tally::default();
    for (case, body) in refused_keys() {
        tally.admin(case, &owner.post(&owner.keys(), &body), 400, "INVALID_ARGUMENT");
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

#[test]
fn a_body_that_does_not_fit_changes_no_key() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let key = owner.key();
    let before = owner.census();
    let mut tally = Tally::default();
    for (case, body) in refused_keys() {
        // All that a change need not say is refused for another reason, or is a change of nothing.
        let call = owner.call("PATCH", &key.path()).body(&body);
        match case {
            "J-01 nothing in it" => tally.status(case, &owner.send(&call), 200),
            "J-08 null" => tally.that(owner.send(&call).status < 500, case, &owner.send(&call)),
            _ => tally.admin(case, &owner.send(&call), 400, "INVALID_ARGUMENT"),
        }
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}
