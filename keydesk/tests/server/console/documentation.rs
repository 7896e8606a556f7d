//! The documentation on the server.

use super::browser::Browser;
use crate::harness::{Answer, Request, Stage, Tally};

const POINTER: &str = "> **For AI agents:** the index is at [/llms.txt](/llms.txt). Append `.md`";

fn names() -> Vec<String> {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs")).unwrap();
    let files = folder.map(|entry| entry.unwrap().path());
    let pages = files.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    pages.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

fn media_type(answer: &Answer) -> &str {
    answer.header("content-type").unwrap_or_default()
}

#[test]
fn each_page_is_there_for_people_and_as_markdown_for_programs() {
    let stage = Stage::sqlite();
    let (mut nobody, mut owner) = (Browser::new(stage.server.public), Browser::of_owner(&stage));
    let mut tally = Tally::default();
    let pages = names().into_iter().map(|name| format!("/docs/{name}"));
    for page in pages.chain(["/docs".to_owned()]) {
        for browser in [&mut nobody, &mut owner] {
            let answer = browser.get(&page);
            tally.status(&page, &answer, 200);
            tally.equal(&page, &media_type(&answer), &"text/html; charset=utf-8");
            tally.equal(format_args!("{page}: headings"), &answer.text().matches("<h1").count(), &1);
            let ways = answer.text().contains("href=\"/audit\"");
            tally.equal(format_args!("{page}: ways of members"), &ways, &browser.token.is_some());
        }
        let markdown = format!("{page}.md");
        let answer = Request::new("GET", &markdown).send(stage.server.public);
        tally.status(&markdown, &answer, 200);
        tally.equal(&markdown, &media_type(&answer), &"text/markdown; charset=utf-8");
        tally.that(answer.text().starts_with(POINTER), format_args!("{markdown}: first line"), &answer);
        let tag = answer.header("etag").unwrap_or_default();
        let again = Request::new("GET", &markdown).header("If-None-Match", tag).send(stage.server.public);
        tally.status(format_args!("{markdown}, known"), &again, 304);
        tally.that(again.body.is_empty(), "without a body", &again);
        let other = Request::new("GET", &markdown).header("If-None-Match", "W/\"other\"");
        tally.status(format_args!("{markdown}, another one"), &other.send(stage.server.public), 200);
    }
    tally.end();
}

#[test]
fn the_index_for_programs_leads_to_every_page() {
    let stage = Stage::sqlite();
    let get = |path: &str| Request::new("GET", path).send(stage.server.public);
    let index = get("/llms.txt");
    let mut tally = Tally::default();
    tally.equal("media type", &media_type(&index), &"text/plain; charset=utf-8");
    let text = index.text();
    let lines: Vec<&str> = text.lines().collect();
    tally.equal("a title and a summary", &(lines[0], &lines[2][..2]), &("# Keydesk", "> "));
    let whole = get("/llms-full.txt").text();
    let mut found = 0;
    for link in lines.iter().filter(|line| line.starts_with("- [")) {
        let (target, about) = link.split_once("](").and_then(|(_, rest)| rest.split_once("): ")).unwrap();
        let answer = get(target);
        tally.status(target, &answer, 200);
        tally.that(!about.is_empty(), "what it is about", link);
        if target.ends_with(".md") {
            found += 1;
            let heading = answer.text().lines().find(|line| line.starts_with("# ")).unwrap().to_owned();
            tally.that(whole.contains(&heading), "in the whole text", &heading);
        }
    }
    tally.equal("all of them", &found, &names().len());
    tally.end();
}

#[test]
fn where_there_is_nothing_people_get_a_page_and_programs_a_problem() {
    let stage = Stage::sqlite();
    let ask = |accept: &str, path: &str| {
        Request::new("GET", path).header("Accept", accept).send(stage.server.public)
    };
    let mut tally = Tally::default();
    for path in
        ["/nothing", "/docs/nothing", "/docs/nothing.md", "/docs/a/b", "/docs/", "/adminx", "/oauthx/y"]
    {
        let page = ask("text/html,application/xhtml+xml,*/*;q=0.8", path);
        tally.status(path, &page, 404);
        tally.equal(path, &media_type(&page), &"text/html; charset=utf-8");
        tally.that(page.text().contains("<h1>Not found</h1>"), path, &page);
        for accept in ["*/*", "application/json", "text/html;q=0", ""] {
            tally.problem(format_args!("{path} as {accept}"), &ask(accept, path), 404, "not_found");
        }
    }
    for path in ["/graphql/x", "/oauth", "/oauth/x", "/.well-known/x"] {
        tally.problem(path, &ask("text/html", path), 404, "not_found");
    }
    for path in ["/admin", "/admin/x"] {
        tally.admin(path, &ask("text/html", path), 404, "NOT_FOUND");
    }
    tally.end();
}
