//! What the policy of pages forbids stands in no template, and the files of others are the ones that were looked at.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where it stopped")]

use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn templates(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { templates(&path, found) } else { found.push(path) }
    }
}

/// Attributes that hold scripts or styles, and those of htmx that need `unsafe-eval`.
fn forbidden(tag: &str) -> Option<&'static str> {
    let lower = tag.to_lowercase();
    let attributes = [" style=", " hx-on", " hx-vals='js:", " hx-vals=\"js:", " srcdoc=", "javascript:"];
    if let Some(found) = attributes.into_iter().find(|attribute| lower.contains(attribute)) {
        return Some(found);
    }
    // `onclick=` and the like; `one` of a text is none.
    let mut words = lower.split_ascii_whitespace().skip(1);
    if words.any(|word| word.starts_with("on") && word.contains('=')) {
        return Some("on…=");
    }
    let triggers = lower.split(" hx-trigger=\"").nth(1).and_then(|rest| rest.split('"').next());
    triggers.is_some_and(|triggers| triggers.contains('[')).then_some("a trigger's filter")
}

#[test]
fn no_template_holds_what_the_policy_forbids() {
    let mut files = Vec::new();
    templates(&root().join("templates"), &mut files);
    assert!(files.len() > 15, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for tag in text.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            assert_eq!(forbidden(tag), None, "{}: <{tag}>", file.display());
        }
        for script in text.split("<script").skip(1) {
            let (tag, rest) = script.split_once('>').unwrap();
            assert!(tag.contains(" src=\"/assets/") && rest.starts_with("</script>"), "{}", file.display());
        }
        // Markdown of our own, made into HTML by a library that was told to pass none on.
        let written = file.ends_with("docs/page.html");
        assert!(!text.contains("<style") && (written || !text.contains("|safe")), "{}", file.display());
    }
}

#[test]
fn what_is_forbidden_would_be_found() {
    for tag in [
        "p style=\"x\"",
        "a onclick=\"x\"",
        "a hx-on:click=\"x\"",
        "a href=\"javascript:x\"",
        "p hx-trigger=\"click[x]\"",
    ] {
        assert!(forbidden(tag).is_some(), "{tag}");
    }
    assert_eq!(forbidden("form hx-trigger=\"input delay:250ms, submit\" class=\"one\""), None);
}

#[test]
fn the_files_of_others_are_the_ones_that_were_looked_at() {
    let folder = root().join("assets");
    let table = fs::read_to_string(folder.join("VENDORED.md")).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('`').skip(1).step_by(2).collect())
        .collect();
    assert!(!rows.is_empty());
    for row in rows {
        let (name, digest) = (row.first().unwrap(), row.last().unwrap());
        let content = fs::read(folder.join(name)).unwrap();
        let found: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(&found, digest, "{name}");
    }
    // Whoever adds one writes it down.
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(!name.contains(".min.") || table.contains(&name), "{name}");
    }
}
