//! Configuration (bad-input F): a mistake stops the start, and says where it is.

use crate::harness::{Site, Stage, Tally, ended};
use std::fs;

fn with_file(text: &str) -> Site {
    let site = Site::sqlite();
    fs::create_dir_all(site.data()).unwrap();
    fs::write(site.data().join("keydesk.toml"), text).unwrap();
    site
}

#[test]
fn a_mistake_in_the_file_is_told_with_its_line() {
    let mut tally = Tally::default();
    for (case, text, place) in [
        ("F-01 unknown key", "log = \"info\"\nlistn = \"127.0.0.1:1\"\n", "keydesk.toml:2:1"),
        ("F-01 a secret", "pepper = \"x\"\n", "keydesk.toml:1:1"),
        ("F-01 a table", "[server]\nlisten = \"127.0.0.1:1\"\n", "keydesk.toml:1"),
        ("F-01 twice", "log = \"info\"\nlog = \"debug\"\n", "keydesk.toml:2:1"),
        ("F-01 syntax", "log = \n", "keydesk.toml:1"),
        ("F-01 wrong type", "lease_seconds = \"ten\"\n", "keydesk.toml:1"),
        ("F-01 no address", "listen = \"localhost\"\n", "keydesk.toml:1"),
        ("F-01 negative", "lease_seconds = -1\n", "keydesk.toml:1"),
    ] {
        let site = with_file(text);
        let (code, said) = site.refused();
        tally.equal(format_args!("{case}: {said}"), &code, &78);
        tally.that(said.contains(place), format_args!("{case}: expected {place}"), &said);
        tally.that(!site.data().join("keydesk.db").exists(), format_args!("{case}: nothing was made"), &"");
    }
    tally.end();
}

#[test]
fn a_configuration_that_makes_no_sense_is_refused() {
    let mut tally = Tally::default();
    for text in [
        "lease_seconds = 0",
        "lease_seconds = 301",
        "log_format = \"xml\"",
        "log = \"keydesk=loud\"",
        "trusted_proxies = [\"10.0.0.0/33\"]",
        "trusted_proxies = [\"localhost\"]",
        "data_token_file = \"/nonexistent\"",
        "public_url = \"keys.example\"",
        "database_url = \"mysql://x/y\"",
        "pepper_file = \"/nonexistent\"",
    ] {
        let (code, said) = with_file(text).refused();
        tally.equal(format_args!("{text}: {said}"), &code, &78);
    }
    let both = with_file("lease_seconds = 0\nlog_format = \"xml\"").refused().1;
    tally.that(both.contains("lease_seconds") && both.contains("log_format"), "every mistake at once", &both);
    for (flag, value) in [("--data-listen", "0.0.0.0:0"), ("--data-listen", "[::]:0")] {
        let (code, said) = Site::sqlite().flag(flag, value).refused();
        tally.equal(format_args!("{flag} {value} without a token: {said}"), &code, &78);
        let (code, said) = Site::sqlite().flag(flag, value).with("KEYDESK_DATA_TOKEN", "short").refused();
        tally.equal(format_args!("{flag} {value} with a short token: {said}"), &code, &78);
    }
    let (code, said) = Site::sqlite().with("KEYDESK_DATA_TOKEN", "fifteen letters").refused();
    tally.equal(format_args!("a short token: {said}"), &code, &78);
    tally.end();
}

#[test]
fn a_file_that_cannot_be_one_is_refused() {
    let mut tally = Tally::default();
    let site = Site::sqlite();
    fs::create_dir_all(site.data()).unwrap();
    let huge = site.data().join("huge.toml");
    fs::File::create(&huge).unwrap().set_len(1 << 30).unwrap();
    let text = huge.to_str().unwrap().to_owned();
    let folder = site.data().to_str().unwrap().to_owned();
    for (case, path) in [
        ("missing", "/nonexistent.toml"),
        ("a folder", folder.as_str()),
        ("1 GiB", &text),
        ("a device", "/dev/zero"),
    ] {
        let (code, said) = Site::sqlite().flag("--config", path).refused();
        tally.equal(format_args!("F-02 {case}: {said}"), &code, &78);
        let (code, said) = Site::sqlite().with("KEYDESK_CONFIG", path).refused();
        tally.equal(format_args!("F-02 {case} by variable: {said}"), &code, &78);
    }
    tally.end();
}

#[test]
fn a_variable_that_nobody_reads_is_refused_and_those_of_the_client_are_known() {
    let mut tally = Tally::default();
    for name in ["KEYDESK_LISTNE", "KEYDESK_", "KEYDESK_PEPER", "KEYDESK_ALLOWED_ips"] {
        let (code, said) = Site::sqlite().with(name, "x").refused();
        tally.equal(format_args!("F-04 {name}: {said}"), &code, &78);
        tally.that(said.contains(name), format_args!("F-04 {name} is named"), &said);
    }
    let mut site = Site::sqlite().with("KEYDESK_URL", "http://127.0.0.1:1").with("KEYDESK_CLIENT_ID", "x");
    site = site.with("KEYDESK_CLIENT_SECRET", "x").with("KEYDESK_DATA_URL", "http://127.0.0.1:1");
    let stage = Stage::on(site.with("KEYDESK_PROJECT", "x"));
    tally.status("started", &stage.owner.get("/admin/projects"), 200);
    tally.end();
}

#[test]
fn listeners_need_ports_of_their_own() {
    let site = Site::sqlite().flag("--listen", "127.0.0.1:18999").flag("--data-listen", "127.0.0.1:18999");
    let (code, said) = site.refused();
    assert_eq!(code, 78, "F-05 {said}");
    let stage = Stage::sqlite();
    assert_ne!(stage.server.public.port(), 0, "F-05 the port that was chosen is told");
    assert_ne!(stage.server.public, stage.server.data);
}

#[test]
fn a_public_url_is_a_scheme_and_a_host() {
    let mut tally = Tally::default();
    for url in [
        "https://keys.example/path",
        "https://keys.example/?q=1",
        "https://keys.example/#f",
        "https://keys.example//",
        "https://user@keys.example",
        "https://user:pass@keys.example",
        "ftp://keys.example",
        "keys.example",
        "https://",
        "http://keys.example",
        "http://10.0.0.1",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "",
        "https://keys.example:99999",
        "https://keys example",
        " https://keys.example",
        "javascript:alert(1)",
    ] {
        let (code, said) = Site::sqlite().flag("--public-url", url).refused();
        tally.equal(format_args!("F-10 {url:?}: {said}"), &code, &78);
    }
    let stage = Stage::on(Site::sqlite().flag("--public-url", "https://keys.example/"));
    tally.that(
        stage.server.log().contains(" as https://keys.example,"),
        "F-10 a slash is taken off",
        &stage.server.log(),
    );
    let mut command = Site::sqlite().flag("--public-url", "http://keys.example").serve();
    command.args(["--insecure-http", "--lease-seconds", "0"]);
    let (_, said) = ended(command);
    tally.that(said.contains("lease_seconds") && !said.contains("public_url"), "F-10 if one insists", &said);
    tally.end();
}
