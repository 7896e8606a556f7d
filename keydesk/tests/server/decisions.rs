//! `keydesk verify`: the key on stdin, the decision as the exit code.

use crate::clients::{client, said};
use crate::harness::{Key, Stage, Tally, Tenant};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Output, Stdio};

/// `keydesk verify` with this on stdin.
fn verify(tenant: &Tenant, stdin: &[u8], arguments: &[&str]) -> Output {
    let mut command = client(tenant, &[&["verify"], arguments].concat());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // One that refuses may not read all of it.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

#[test]
fn the_exit_code_of_verify_is_the_decision() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let Key { id, value } =
        owner.key_with(json!({"scopes": [{"action": "read", "resource_filter": "GRAPHQL"}]}));
    let asked = ["--action", "read", "--resource", "GRAPHQL"];
    let mut tally = Tally::default();
    for (case, stdin, arguments, code) in [
        ("allowed", value.clone(), vec![], 0),
        ("a line", format!("{value}\nnext\n"), vec![], 0),
        ("CRLF", format!("{value}\r\n"), asked.to_vec(), 0),
        ("denied", value.clone(), vec!["--action", "write", "--resource", "GRAPHQL"], 1),
        ("malformed", "x".into(), vec![], 1),
        ("nothing", String::new(), vec![], 64),
        ("half a question", value.clone(), vec!["--action", "read"], 64),
        ("no action", value.clone(), vec!["--action", "own", "--resource", "GRAPHQL"], 65),
        ("no address", value.clone(), vec!["--client-ip", "here"], 65),
        ("1 MiB", "x".repeat(1 << 20), vec![], 65),
        ("key as an argument", String::new(), vec![&value], 64),
    ] {
        let ended = verify(owner, stdin.as_bytes(), &arguments);
        tally.equal(
            format_args!("{case}: {}", said(&ended.stderr).replace(&value, "KEY")),
            &ended.status.code(),
            &Some(code),
        );
        let repeated = said(&ended.stdout).contains(&value)
            || (case != "key as an argument" && said(&ended.stderr).contains(&value));
        tally.that(!repeated, format_args!("{case} repeats the key"), &"");
    }
    tally.equal("not text", &verify(owner, b"\xff\xfe", &[]).status.code(), &Some(65));
    let silent = Tenant { data: "127.0.0.1:1".parse().unwrap(), ..owner.clone() };
    tally.equal("unreachable", &verify(&silent, value.as_bytes(), &[]).status.code(), &Some(69));
    owner.delete(&format!("/admin/api-keys/{id}"));
    tally.equal("revoked", &verify(owner, value.as_bytes(), &[]).status.code(), &Some(1));
    let answer = owner.ask(&json!({"key": value}));
    let printed = verify(owner, value.as_bytes(), &["--output", "json"]);
    tally.equal(
        "as the server said",
        &serde_json::from_slice::<Value>(&printed.stdout).ok(),
        &Some(answer.json()),
    );
    tally.end();
}
