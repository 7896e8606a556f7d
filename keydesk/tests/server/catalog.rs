//! A catalog that is replaced under keys that were made with the words of the old one.

use crate::harness::{Key, Server, Site, Stage, Tally, Tenant};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// The built-in catalog, with a role, a type and a class more.
fn larger(folder: &Path) -> PathBuf {
    let printed = crate::harness::keydesk(&["catalog", "print"]).output().unwrap();
    let mut text = String::from_utf8(printed.stdout).unwrap();
    text.push_str(
        "[[resource_type]]\nname = \"WIDGET\"\nsegments = [\"id\"]\ntenant_checked_by_upstream = true\n\
         [[role]]\nname = \"Widgeteer\"\nscopes = [{ action = \"read\", resource_filter = \"WIDGET/#\" }]\n\
         [[key_class]]\nname = \"widget\"\nprefix = \"wk\"\n",
    );
    let path = folder.join("larger.toml");
    fs::write(&path, text).unwrap();
    path
}

/// Keys of all sorts: with a role, a scope and a class that only the larger catalog has, and with `*`.
fn made(owner: &Tenant) -> [Key; 4] {
    [
        json!({"roles": ["Widgeteer"]}),
        json!({"scopes": [{"action": "read", "resource_filter": "WIDGET/1"}, {"action": "read", "resource_filter": "GRAPHQL"}]}),
        json!({"class": "widget"}),
        json!({"scopes": [{"action": "*"}]}),
    ]
    .map(|fields| owner.key_with(fields))
}

fn codes(owner: &Tenant, keys: &[Key], resource: &str) -> Vec<String> {
    let ask = |key: &Key| owner.ask(&json!({"key": key.value, "action": "read", "resource": resource}));
    keys.iter().map(|key| ask(key).json()["code"].as_str().unwrap_or("refused").to_owned()).collect()
}

#[test]
fn a_key_whose_words_left_the_catalog_is_refused_and_no_other() {
    let site = Site::sqlite();
    fs::create_dir(site.data()).unwrap();
    let (file, small) = (larger(site.data()), site.data().join("small.toml"));
    fs::write(&small, crate::harness::keydesk(&["catalog", "print"]).output().unwrap().stdout).unwrap();
    let stage = Stage::on(site.flag("--catalog", file.to_str().unwrap()));
    let keys = made(&stage.owner);
    let mut tally = Tally::default();
    let before = codes(&stage.owner, &keys, "WIDGET/1");
    tally.equal(
        "before",
        &before,
        &["allowed", "allowed", "insufficient_scope", "allowed"].map(str::to_owned).to_vec(),
    );

    let again = |stage: Stage, catalog: &Path| -> Stage {
        let Stage { server, site, .. } = stage;
        assert!(server.stop().success());
        Stage::on(site.flag("--catalog", catalog.to_str().unwrap()))
    };
    let stage = again(stage, &small);
    let expected =
        ["insufficient_scope", "insufficient_scope", "malformed", "allowed"].map(str::to_owned).to_vec();
    tally.equal("without the words", &codes(&stage.owner, &keys, "GRAPHQL"), &expected);
    for key in &keys {
        tally.status("still shown", &stage.owner.get(&key.path()), 200);
    }
    tally.status("still revoked", &stage.owner.delete(&keys[0].path()), 202);

    let stage = again(stage, &file);
    let expected = ["revoked", "allowed", "insufficient_scope", "allowed"].map(str::to_owned).to_vec();
    tally.equal("with the words again", &codes(&stage.owner, &keys, "WIDGET/1"), &expected);
    tally.end();
}

/// Has the server read its catalog again, and waits until it said what came of it.
fn reload(server: &Server) -> String {
    let before = server.log().len();
    server.signal("HUP");
    loop {
        let said = server.log().split_off(before);
        if said.contains("catalog") {
            return said;
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_reload_is_one_change_or_none() {
    let site = Site::sqlite();
    fs::create_dir(site.data()).unwrap();
    let file = larger(site.data());
    let good = fs::read_to_string(&file).unwrap();
    let stage = Stage::on(site.flag("--catalog", file.to_str().unwrap()));
    let keys = made(&stage.owner);
    let version = || stage.owner.ask(&json!({"key": "x"})).json()["version"].as_i64().unwrap();
    let mut tally = Tally::default();
    let start = version();
    for (case, text) in [
        ("broken", "[[role]\n".to_owned()),
        ("empty", String::new()),
        ("unknown key", format!("{good}\n[extra]\nx = 1\n")),
        ("a role twice", format!("{good}\n[[role]]\nname = \"Widgeteer\"\nscopes = []\n")),
        ("a prefix twice", format!("{good}\n[[key_class]]\nname = \"other\"\nprefix = \"wk\"\n")),
        ("a role without its type", good.replace("name = \"WIDGET\"", "name = \"GADGET\"")),
        ("the same", good.clone()),
    ] {
        fs::write(&file, text).unwrap();
        let said = reload(&stage.server);
        tally.equal(format_args!("{case}: {said}"), &version(), &start);
        tally.equal(
            format_args!("{case}: keys"),
            &codes(&stage.owner, &keys[..1], "WIDGET/1")[0].as_str(),
            &"allowed",
        );
    }
    fs::write(
        &file,
        good.replace(
            "action = \"read\", resource_filter = \"WIDGET/#\"",
            "action = \"write\", resource_filter = \"WIDGET/#\"",
        ),
    )
    .unwrap();
    reload(&stage.server);
    while version() == start {}
    tally.equal("another", &codes(&stage.owner, &keys[..1], "WIDGET/1")[0].as_str(), &"insufficient_scope");
    tally.equal("one change", &version(), &(start + 1));
    tally.end();
}
