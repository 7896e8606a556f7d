//! Files that are not as they must be: refused whole, with the line, and without a word of what was in it.

use super::{STRONG, code, keys, path};
use crate::harness::{Stage, Tally};
use serde_json::json;

const OTHER: &str = "another value of some length";

/// What was sent, where the fault is, and a word of the sentence.
fn refused() -> Vec<(&'static str, Vec<u8>, u64, &'static str)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let one = |fields: &str| format!(r#"[{{"name":"k","graphql":"read_only",{fields}}}]"#).into_bytes();
    let value = format!(r#""value":"{STRONG}""#);
    let with = |more: &str| one(&format!("{value},{more}"));
    let csv = |rows: &str| format!("name,value,graphql\n{rows}").into_bytes();
    let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a";
    let wide = vec!["name"; 300].join(",");
    let huge = "x".repeat(70_000);
    vec![
        ("empty", text(""), 1, "nothing"),
        ("blank", text(" \r\n\t"), 1, "nothing"),
        ("a mark", text("\u{feff}"), 1, "nothing"),
        ("half a mark", b"\xef\xbb".to_vec(), 1, "nothing"),
        ("an object", text(r#"{"name":"k"}"#), 1, "array"),
        ("JSON with a mark", text("\u{feff}[]"), 1, "byte order mark"),
        ("numbers", text("[1,2]"), 1, "object"),
        ("texts", text(r#"["a"]"#), 1, "object"),
        ("null", text("[null]"), 1, "object"),
        ("lists", text(r#"[["k","v"]]"#), 1, "object"),
        (
            "the second is none",
            text(&format!(r#"[{{"name":"k","graphql":"read_only",{value}}},7]"#)),
            2,
            "object",
        ),
        ("cut off", text(&format!(r#"[{{"name":"k","graphql":"read_only",{value}}}"#)), 1, "ends here"),
        ("cut off inside", text(r#"[{"name":"k"#), 1, "ends here"),
        ("cut off at once", text("["), 1, "ends here"),
        ("two commas", text(&format!(r#"[{{"name":"k","graphql":"read_only",{value}}},,]"#)), 2, "object"),
        ("a comma last", text(&format!(r#"[{{"name":"k","graphql":"read_only",{value}}},]"#)), 2, "object"),
        ("a tail", text(&format!(r#"[{{"name":"k","graphql":"read_only",{value}}}] x"#)), 1, "not JSON"),
        ("two arrays", text("[] []"), 1, "not JSON"),
        ("no comma", text("[{} {}]"), 1, ""),
        ("a comment", text("[/* */]"), 1, "object"),
        ("deep", text(&format!("[{}", r#"{"a":"#.repeat(200))), 1, "ends here"),
        (
            "deep and closed",
            text(&format!("[{}1{}]", r#"{"a":"#.repeat(200), "}".repeat(200))),
            1,
            "recursion",
        ),
        ("invalid UTF-8", b"[{\"name\":\"a\xff\"}]".to_vec(), 1, ""),
        ("a huge element", text(&format!(r#"[{{"name":"{huge}"}}]"#)), 1, "64 KiB"),
        ("an unknown field", with(r#""expires_at":"2030-01-01T00:00:00Z""#), 1, "fields: expires_at"),
        ("a field twice", with(r#""name":"again""#), 1, ""),
        ("no name", text(&format!(r#"[{{"graphql":"read_only",{value}}}]"#)), 1, "`name`"),
        (
            "a name that is a number",
            text(&format!(r#"[{{"name":1,"graphql":"read_only",{value}}}]"#)),
            1,
            "`name`",
        ),
        ("an empty name", text(&format!(r#"[{{"name":"","graphql":"read_only",{value}}}]"#)), 1, "`name`"),
        ("no level", text(&format!(r#"[{{"name":"k",{value}}}]"#)), 1, "`graphql`"),
        ("another level", text(&format!(r#"[{{"name":"k","graphql":"none",{value}}}]"#)), 1, "`graphql`"),
        ("neither", one(r#""enabled":true"#), 1, "missing"),
        ("both", with(&format!(r#""sha256":"{hex}d""#)), 1, "only one"),
        ("63 digits", one(&format!(r#""sha256":"{hex}""#)), 1, "64 hexadecimal"),
        ("65 digits", one(&format!(r#""sha256":"{hex}dd""#)), 1, "64 hexadecimal"),
        ("no digit", one(&format!(r#""sha256":"{hex}g""#)), 1, "64 hexadecimal"),
        ("an empty value", one(r#""value":"""#), 1, "`value`"),
        ("too long a value", one(&format!(r#""value":"{}""#, "v".repeat(513))), 1, "512"),
        ("NUL", one(r#""value":"a\u0000b01234567890123456789""#), 1, "control"),
        ("a line break", one(r#""value":"01234567890123456789\n""#), 1, "control"),
        ("a blank end", one(&format!(r#""value":"{STRONG} ""#)), 1, "white space"),
        ("a value that is a number", one(r#""value":12345678901234567890"#), 1, "`value`"),
        ("in the future", with(r#""created_at":"2999-01-01T00:00:00Z""#), 1, "past"),
        ("before 1970", with(r#""created_at":"1969-12-31T23:59:59Z""#), 1, "1970"),
        ("no time", with(r#""created_at":"yesterday""#), 1, "RFC 3339"),
        ("a bare date", with(r#""created_at":"2024-11-11""#), 1, "RFC 3339"),
        ("enabled as text", with(r#""enabled":"true""#), 1, "`enabled`"),
        ("no network", with(r#""allowed_ip_cidrs":["10.0.0.1/8"]"#), 1, "10.0.0.0/8"),
        (
            "twice",
            text(&format!(
                r#"[{{"name":"a","graphql":"read_only",{value}}},{{"name":"b","graphql":"read_only",{value}}}]"#
            )),
            2,
            "line 1",
        ),
        ("no entries", text("[]"), 0, "no keys"),
        ("a header alone", csv(""), 0, "no keys"),
        ("no header", text(&format!("k,{STRONG},read_only\n")), 1, "name the columns"),
        ("no header, quoted", text(&format!("\"k\",\"{STRONG}\"")), 1, "name the columns"),
        ("an unknown column", text("name,value,graphql,expires_at\n"), 1, "name the columns"),
        ("a column in another case", text("Name,value,graphql\n"), 1, "name the columns"),
        ("a column twice", text("name,value,graphql,name\n"), 1, "`name` is named twice"),
        ("no value column", text("name,graphql\n"), 1, "`value` or `sha256`"),
        ("no level column", text("name,value\n"), 1, "`graphql`"),
        ("300 columns", text(&wide), 1, "32 columns"),
        ("too few columns", csv(&format!("k,{STRONG}\n")), 2, "2 columns"),
        ("too many columns", csv(&format!("k,{STRONG},read_only,\n")), 2, "4 columns"),
        ("the third line", csv(&format!("k,{STRONG},read_only\n\nk,{OTHER},none\n")), 4, "`graphql`"),
        ("a quote alone", csv(&format!("k,{STRONG}\"x,read_only\n")), 2, "quote"),
        ("a quote not closed", csv(&format!("k,{STRONG},\"read_only")), 2, "quote"),
        ("a huge line", csv(&format!("{huge},{STRONG},read_only\n")), 2, "64 KiB"),
        ("CSV with NUL", csv("k,0123456789\x000123456789,read_only\n"), 2, "control"),
        ("CSV, invalid UTF-8", [&csv("k,")[..], b"\xff0123456789012345678,read_only\n"].concat(), 2, "UTF-8"),
        (
            "a switch",
            text(&format!("name,value,graphql,enabled\nk,{STRONG},read_only,yes\n")),
            2,
            "`enabled`",
        ),
        (
            "CSV, twice",
            csv(&format!("k,{STRONG},read_only\nk,{OTHER},read_only\nl,{STRONG},read_only\n")),
            4,
            "line 2",
        ),
        ("semicolons", text(&format!("name;value;graphql\nk;{STRONG};read_only\n")), 1, "name the columns"),
    ]
}

#[test]
fn a_file_that_is_not_as_it_must_be_is_refused_with_its_line_and_changes_nothing() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let before = owner.census();
    let mut tally = Tally::default();
    for (case, body, line, word) in refused() {
        let answer = owner.post(&path(owner), &body);
        tally.admin(case, &answer, 400, "INVALID_ARGUMENT");
        let (text, told) = (answer.text(), answer.json());
        let first = &told["error"]["details"]["lines"][0]["line"];
        tally.that(line == 0 || *first == line, format_args!("{case}: line {line}"), &answer);
        tally.that(text.contains(word), format_args!("{case}: {word}"), &answer);
        tally.that(!text.contains(STRONG) && !text.contains(OTHER), format_args!("{case}: quotes"), &answer);
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

#[test]
fn every_fault_is_counted_and_the_first_hundred_are_told() {
    let stage = Stage::sqlite();
    let rows: String = (0..5000).map(|n| format!("k,value {n},none\n")).collect();
    let answer = stage.owner.post(&path(&stage.owner), format!("name,value,graphql\n{rows}"));
    let details = &answer.json()["error"]["details"];
    assert_eq!((&details["count"], details["lines"].as_array().unwrap().len()), (&json!(5000), 100));
    let lines: Vec<u64> =
        details["lines"].as_array().unwrap().iter().map(|fault| fault["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, (2..102).collect::<Vec<_>>());
}

#[test]
fn csv_and_json_are_read_however_they_are_written() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let mut tally = Tally::default();
    let files: Vec<(&str, String, &str)> = vec![
        ("line feeds", "name,value,graphql\nk,0123456789 line feeds,read_only\n".into(), "0123456789 line feeds"),
        ("CRLF", "name,value,graphql\r\nk,0123456789 with CRLF,read_only\r\n".into(), "0123456789 with CRLF"),
        ("a mark", "\u{feff}name,value,graphql\nk,0123456789 with a mark,read_only".into(), "0123456789 with a mark"),
        (
            "quotes",
            "graphql,\"name\",value\n\"read_write\",\"a, \"\"b\"\"\",\"0123456789,\"\"quoted\"\",\"\n".into(),
            "0123456789,\"quoted\",",
        ),
        ("no last line end", "name,value,graphql\n\n\nk,0123456789 no end here,read_only".into(), "0123456789 no end here"),
        ("JSON", "\r\n [ {\"graphql\":\"read_only\",\n\"name\":\"[{\\\"}]\",\"value\":\"0123456789 \\u00e9 {[\\\" and more\"} ]\n".into(), "0123456789 é {[\" and more"),
        ("nulls", r#"[{"name":"k","value":"0123456789 with nulls","sha256":null,"graphql":"read_only","enabled":null,"created_at":null,"allowed_ip_cidrs":null}]"#.into(), "0123456789 with nulls"),
    ];
    for (case, body, value) in &files {
        let answer = owner.post(&path(owner), body);
        tally.status(case, &answer, 200);
        tally.equal(case, &code(owner, value).as_str(), &"allowed");
    }
    let columns = "name,sha256,graphql,enabled,created_at,allowed_ip_cidrs\n\
        k,BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD,read_only,false,2020-01-01T00:00:00+02:00,10.0.0.0/8 2001:db8::/32\n";
    let answer = owner.post(&format!("{}?allow_weak=true", path(owner)), columns);
    tally.status("every column", &answer, 200);
    let key = keys(owner, "disabled").into_iter().next().unwrap();
    tally.equal("networks", &key["allowed_ip_cidrs"], &json!(["10.0.0.0/8", "2001:db8::/32"]));
    tally.equal("created", &key["created_at"], &json!("2019-12-31T22:00:00Z"));
    tally.end();
}
