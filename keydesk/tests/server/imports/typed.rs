//! `key import`, as it is typed.

use super::{STRONG, code, keys};
use crate::clients::{client, said};
use crate::harness::{Stage, Tally, Tenant};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::process::{Output, Stdio};
use tempfile::TempDir;

fn run(tenant: &Tenant, file: &str, arguments: &[&str]) -> Output {
    let fixed = ["key", "import", "--project", &tenant.project, file];
    client(tenant, &[&fixed[..], arguments].concat()).output().unwrap()
}

fn piped(tenant: &Tenant, text: &str, arguments: &[&str]) -> Output {
    let fixed = ["key", "import", "--project", &tenant.project, "-"];
    let mut command = client(tenant, &[&fixed[..], arguments].concat());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_file_is_imported_from_the_command_line() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let folder = TempDir::new().unwrap();
    let mut tally = Tally::default();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let csv = write("keys.csv", &format!("name,value,graphql\none,{STRONG},read_only\n"));
    let made = run(owner, &csv, &[]);
    tally.that(made.status.code() == Some(0) && said(&made.stdout).contains("imported"), "CSV", &made);
    tally.equal("CSV", &code(owner, STRONG).as_str(), &"allowed");
    let two = "another value of some length";
    let json_file =
        write("keys.json", &json!([{"name": "two", "value": two, "graphql": "read_only"}]).to_string());
    let made = run(owner, &json_file, &["--output", "json"]);
    let printed: Value = serde_json::from_slice(&made.stdout).unwrap_or_default();
    tally.that(printed["imported"] == 1 && printed["project_id"] == json!(owner.project), "JSON", &made);
    tally.equal("JSON", &code(owner, two).as_str(), &"allowed");
    let made = piped(owner, "name,value,graphql\nthree,and a third value here,read_only\n", &["--quiet"]);
    tally.that(made.status.code() == Some(0) && said(&made.stdout).lines().count() == 1, "stdin", &made);
    let short = "name,value,graphql,allowed_ip_cidrs\nfour,ABC123,read_only,*\n";
    tally.equal("weak", &piped(owner, short, &[]).status.code(), &Some(65));
    tally.equal("weak, on purpose", &piped(owner, short, &["--allow-weak"]).status.code(), &Some(0));
    tally.equal("all of them", &keys(owner, "all").len(), &4);
    tally.end();
}

#[test]
fn a_file_with_faults_is_refused_with_its_lines_and_no_word_of_what_is_in_it() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let before = owner.census();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("keys");
    let text = format!("name,value,graphql\none,{STRONG},read_only\ntwo,{STRONG},read_only\nthree,x,none\n");
    fs::write(&path, &text).unwrap();
    let file = path.to_str().unwrap();
    let mut tally = Tally::default();
    let table = run(owner, file, &[]);
    let lines = said(&table.stdout);
    tally.that(table.status.code() == Some(65), "exit code", &table);
    tally.that(
        lines.lines().any(|line| line.starts_with("4 ") && line.contains("graphql")),
        "its line",
        &table,
    );
    tally.that(said(&table.stderr).lines().count() == 1, "one line of summary", &table);
    let machine = run(owner, file, &["--output", "json"]);
    let printed: Value = serde_json::from_slice(&machine.stdout).unwrap_or_default();
    tally.that(machine.status.code() == Some(65) && printed["lines"][0]["line"] == 4, "JSON", &machine);
    for output in [&table, &machine] {
        let all = format!("{}{}", said(&output.stdout), said(&output.stderr));
        tally.that(!all.contains(STRONG), "no value", &all);
    }
    for (case, file, code) in [
        ("absent", folder.path().join("absent"), 66),
        ("a folder", folder.path().to_owned(), 66),
        ("empty", "/dev/null".into(), 65),
    ] {
        tally.equal(case, &run(owner, file.to_str().unwrap(), &[]).status.code(), &Some(code));
    }
    let late = stage.site.organization(&stage.server, &["--name", "late", "--no-bootstrap"]);
    let large = format!("{text}{}", "four,some value of some length,read_only\n".repeat(200_000));
    fs::write(&path, large).unwrap();
    let early = run(&late, file, &[]);
    tally.that(
        early.status.code() == Some(65) && said(&early.stderr).contains("bootstrap"),
        "a refusal need not wait for the file",
        &early,
    );
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}
