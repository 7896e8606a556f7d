//! Usage and the audit log.

use crate::console::browser::Browser;
use crate::harness::{Stage, Tally};
use serde_json::json;

#[test]
fn the_log_says_who_did_what_to_what_and_whether_it_holds() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let made = stage.owner.post(&stage.owner.keys(), json!({"name": "<i>export</i>"}).to_string());
    let key = made.json()["key"]["id"].as_str().unwrap().to_owned();
    let page = owner.get("/audit");
    tally.status("the log", &page, 200);
    for text in ["Organization created", "API key created", "Member created", "The operator", "first owner"] {
        tally.shows("in words", &page, text, true);
    }
    tally.shows("by address", &page, ">ada@example.com</a>", true);
    tally.shows("with a way there", &page, &format!("href=\"/keys/{key}\""), true);
    tally.shows("names are text", &page, "<i>export", false);
    tally.shows("it holds", &page, "Does not follow", false);
    tally.that(page.text().matches(">Follows</span>").count() > 3, "links were checked", &page);
    tally.status("with done", &owner.get("/audit?from=x"), 400);
    tally.status("from no version", &owner.get("/audit?from=0"), 400);
    tally.shows("after the end", &owner.get("/audit?from=999999"), "Nothing here", true);
    let stranger = stage.stranger();
    let mut other = Browser::of_member(&stranger, "eve@example.com", "OrgOwner");
    tally.shows("not a stranger's", &other.get("/audit"), &key, false);
    tally.end();
}

#[test]
fn the_log_is_read_page_by_page_to_its_end() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    for _ in 0..60 {
        stage.owner.key();
    }
    let first = owner.get("/audit").text();
    let next = first.split("href=\"/audit?from=").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let second = owner.get(&format!("/audit?from={next}"));
    tally.shows("the second page", &second, &format!("<td class=\"number less\">{next}</td>"), true);
    tally.shows("the last page", &second, "Next page", false);
    let count = |text: &str| text.matches("<td class=\"number less\">").count();
    tally.equal("the first page is full", &count(&first), &50);
    tally.that(count(&second.text()) > 10, "the rest", &second);
    tally.end();
}

#[test]
fn usage_is_drawn_and_counted_and_told_apart() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    tally.shows("before any call", &owner.get("/usage"), "No calls in this time.", true);
    let key = stage.owner.key_with(json!({"name": "<i>export</i>"}));
    for _ in 0..3 {
        stage.owner.verify(&key);
    }
    stage.owner.verdict(&json!({"key": key.value, "action": "admin", "resource": "ORGANIZATION/x"}));
    while !owner.get("/usage").text().contains("<svg class=\"chart") {}
    let page = owner.get("/usage");
    tally.shows("both kinds are drawn", &page, "<rect class=\"allowed\"", true);
    tally.shows("both kinds are drawn", &page, "<rect class=\"refused\"", true);
    tally.shows(
        "for who does not see it",
        &page,
        "role=\"img\" aria-labelledby=\"chart-title chart-summary\"",
        true,
    );
    tally.shows("in numbers", &page, "<td class=\"number\">3</td><td class=\"number\">1</td>", true);
    tally.shows("keys worth a look", &page, &format!("href=\"/keys/{}\"", key.id), true);
    for path in ["/usage?by=key&range=7d", "/usage?by=key&range=90d"] {
        let page = owner.get(path);
        tally.shows(path, &page, &format!("<a href=\"/keys/{}\">", key.id), true);
        tally.shows(path, &page, "<i>export", false);
    }
    let of_key = owner.get(&format!("/usage?key={}&by=outcome", key.id));
    tally.status("of one key", &of_key, 200);
    tally.shows("of one key", &of_key, "insufficient scope", true);
    let stranger = stage.stranger();
    let mut other = Browser::of_member(&stranger, "eve@example.com", "OrgOwner");
    tally.status("not a stranger's", &other.get(&format!("/usage?key={}", key.id)), 404);
    let mut member = Browser::of_member(&stage.owner, "bob@example.com", "OrgMember");
    tally.shows("who does not see the projects", &member.get("/usage"), "by=resource", false);
    tally.status("nor asks for them", &member.get("/usage?by=resource"), 403);
    tally.end();
}
