//! The commands that speak to a running server (bad-input L): exit codes, one line, and no secret but the new one.

use crate::harness::{Stage, Tally, Tenant, keydesk};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

/// A command of this tenant.
pub(crate) fn client(tenant: &Tenant, arguments: &[&str]) -> Command {
    let mut command = keydesk(arguments);
    command.env("KEYDESK_URL", format!("http://{}", tenant.public));
    command.env("KEYDESK_DATA_URL", format!("http://{}", tenant.data));
    command.env("KEYDESK_CLIENT_ID", &tenant.client_id).env("KEYDESK_CLIENT_SECRET", &tenant.client_secret);
    command.stdin(Stdio::null());
    command
}

fn run(tenant: &Tenant, arguments: &[&str]) -> Output {
    client(tenant, arguments).output().unwrap()
}

pub(crate) fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The command must end with this code, say one line on stderr and nothing on stdout.
fn refused(tally: &mut Tally, case: &str, ended: &Output, code: i32) {
    let (line, nothing) = (said(&ended.stderr), ended.stdout.is_empty());
    let one = line.lines().count() == 1 && !line.contains("panicked");
    tally.that(
        ended.status.code() == Some(code) && one && nothing,
        format_args!("{case}: expected {code}"),
        ended,
    );
}

#[test]
fn every_refusal_has_its_exit_code_and_one_line() {
    let stage = Stage::sqlite();
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let late = stage.site.organization(&stage.server, &["--name", "late", "--no-bootstrap"]);
    let (key, foreign, dead) = (owner.key(), stranger.key(), owner.key());
    owner.delete(&dead.path());
    let before = owner.census();
    let wrong = Tenant { client_secret: "wrong".into(), ..owner.clone() };
    let silent = Tenant {
        public: "127.0.0.1:1".parse().unwrap(),
        data: "127.0.0.1:1".parse().unwrap(),
        ..owner.clone()
    };
    let absent = "01a1fd74-d772-79df-9763-35a5869daa68";
    let mut tally = Tally::default();
    for style in ["table", "json"] {
        for (case, tenant, arguments, code) in [
            ("L-02 unreachable", &silent, vec!["key", "list"], 69),
            ("L-02 secret", &wrong, vec!["key", "list"], 77),
            ("L-02 absent", owner, vec!["key", "show", absent], 66),
            ("L-02 foreign", owner, vec!["key", "show", &foreign.id], 66),
            ("L-02 revoked", owner, vec!["key", "revoke", "--yes", &dead.id], 66),
            ("L-02 revoked", owner, vec!["key", "enable", &dead.id], 66),
            ("L-02 no id", owner, vec!["key", "show", "../../oauth/token"], 66),
            ("L-02 early", &late, vec!["key", "create", "--name", "k"], 65),
            ("L-02 name", owner, vec!["key", "create", "--name", ""], 65),
            ("L-02 project", owner, vec!["key", "create", "--name", "k", "--project", absent], 66),
            ("L-02 foreign project", owner, vec!["key", "list", "--project", &stranger.project], 66),
            ("nobody to ask", owner, vec!["key", "revoke", &key.id], 64),
            ("audit", &wrong, vec!["audit", "list"], 77),
        ] {
            let arguments = [arguments.as_slice(), &["--output", style]].concat();
            let ended = run(tenant, &arguments);
            refused(&mut tally, case, &ended, code);
            let object = serde_json::from_slice::<Value>(&ended.stderr);
            let told = object.as_ref().is_ok_and(|object| object["error"]["code"].is_string());
            tally.equal(format_args!("{case} as {style}"), &told, &(style == "json"));
        }
    }
    for (url, code) in [
        (format!("https://{}", owner.public), 76),
        (format!("http://{}", owner.data), 66),
        ("ftp://127.0.0.1".into(), 64),
        ("nonsense".into(), 64),
        ("http://".into(), 64),
    ] {
        let ended = client(owner, &["key", "list"]).env("KEYDESK_URL", &url).output().unwrap();
        refused(&mut tally, &url, &ended, code);
    }
    let argued = run(owner, &["key", "list", "--client-secret", "x"]);
    tally.that(
        argued.status.code() == Some(64) && argued.stdout.is_empty(),
        "secret as an argument",
        &argued,
    );
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

#[test]
fn a_secret_that_others_can_read_is_refused() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let path = stage.site.data().join("secret");
    fs::write(&path, &owner.client_secret).unwrap();
    let file = path.to_str().unwrap();
    let with_file = || {
        let mut command = client(owner, &["key", "list", "--client-secret-file", file]);
        command.env_remove("KEYDESK_CLIENT_SECRET");
        command
    };
    let mut tally = Tally::default();
    for mode in [0o644, 0o640, 0o604] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        refused(&mut tally, "L-04", &with_file().output().unwrap(), 78);
        let anyway = with_file().arg("--allow-insecure-permissions").output().unwrap();
        tally.that(anyway.status.success(), "L-04 anyway", &anyway);
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    tally.that(with_file().output().unwrap().status.success(), "L-04 private", &"");
    let both = client(owner, &["key", "list", "--client-secret-file", file]).output().unwrap();
    refused(&mut tally, "both", &both, 78);
    let none = client(owner, &["key", "list"]).env_remove("KEYDESK_CLIENT_SECRET").output().unwrap();
    refused(&mut tally, "no secret", &none, 78);
    let mut nothing = client(owner, &["key", "list"]);
    nothing.env_remove("KEYDESK_CLIENT_SECRET").env_remove("KEYDESK_CLIENT_ID");
    refused(&mut tally, "nothing", &nothing.output().unwrap(), 78);
    tally.end();
}

#[test]
fn a_new_secret_is_printed_once_and_nothing_a_name_holds_reaches_the_terminal() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let made = run(owner, &["key", "create", "--name", "a\u{202e}b\u{200b}", "--quiet"]);
    assert!(made.status.success(), "{made:?}");
    let value = said(&made.stdout).trim().to_owned();
    assert_eq!(owner.verdict(&json!({"key": value})), "allowed");
    let id = owner.census().keys[0]["id"].as_str().unwrap().to_owned();
    for arguments in [
        vec!["key", "list"],
        vec!["key", "show", &id],
        vec!["key", "disable", &id],
        vec!["key", "enable", &id],
        vec!["audit", "list"],
        vec!["key", "list", "--output", "json"],
        vec!["key", "update", &id, "--name", "c\u{202e}"],
    ] {
        let ended = run(owner, &arguments);
        assert!(ended.status.success(), "{arguments:?} {ended:?}");
        let shown = said(&ended.stdout);
        assert!(!shown.contains(&value), "{arguments:?} prints the secret");
        // JSON is for programs, and says what the server said.
        assert!(
            arguments.contains(&"json") || !shown.contains(['\u{202e}', '\u{200b}']),
            "L-08 {arguments:?}"
        );
    }
    let revoked = run(owner, &["key", "revoke", "--yes", &id]);
    assert!(revoked.status.success(), "{revoked:?}");
    assert_eq!(owner.verdict(&json!({"key": value})), "revoked");
}
