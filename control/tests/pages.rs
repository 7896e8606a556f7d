//! The pages keep their word: what they name is there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where it stopped")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// What stands between backticks.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The pages for people, with the folder that their links start from.
fn pages() -> Vec<(PathBuf, String)> {
    let folders = ["", "docs", "docs/decisions"].map(|folder| root().join(folder));
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let paths = entries.map(|entry| entry.unwrap().path());
    let pages = paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.map(|path| (path.parent().unwrap().to_owned(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn the_table_of_published_systems_names_tests_that_are_there() {
    let page = fs::read_to_string(root().join("docs/published-systems.md")).unwrap();
    let (mut missing, mut found) = (Vec::new(), 0);
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        // The last cell: each file is followed by tests that are in it.
        let shown = row.trim_end_matches(['|', ' ']).rsplit_once(" | ").unwrap().1;
        let mut text = String::new();
        for word in words(shown) {
            if word.contains('/') {
                text = fs::read_to_string(root().join(word)).unwrap_or_default();
                missing.extend(text.is_empty().then_some(word));
            } else if ["fn", "def", "function"].iter().any(|kind| text.contains(&format!("{kind} {word}("))) {
                found += 1;
            } else {
                missing.push(word);
            }
        }
    }
    assert_eq!(missing, Vec::<&str>::new());
    assert!(found > 100, "only {found} tests are named: has the form of the table changed?");
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    let mut missing = Vec::new();
    for (folder, page) in pages() {
        for link in page.split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
            let file = link.0.split('#').next().unwrap_or_default();
            if !link.0.contains("://") && !folder.join(file).exists() {
                missing.push(link.0.to_owned());
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn architecture_names_every_folder_of_code() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let all = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = all.filter(|path| path.join("Cargo.toml").is_file()).collect();
    let mut missing = Vec::new();
    while let Some(folder) = folders.pop() {
        let entries: Vec<PathBuf> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        let name = folder.strip_prefix(root()).unwrap().to_str().unwrap();
        let is_code = |path: &PathBuf| {
            path.extension().is_some_and(|extension| extension == "rs" || extension == "sql")
        };
        if entries.iter().any(is_code) && !page.contains(&format!("{name}/")) {
            missing.push(name.to_owned());
        }
        folders.extend(entries.into_iter().filter(|path| path.is_dir() && !path.ends_with("target")));
    }
    assert_eq!(missing, Vec::<String>::new());
}
