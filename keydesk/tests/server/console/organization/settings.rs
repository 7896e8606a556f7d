//! Settings of the organization.

use super::{NOTHING, value_of};
use crate::console::browser::Browser;
use crate::harness::{Stage, Tally};

#[test]
fn an_organization_is_renamed_by_its_form_and_nobody_overwrites_what_they_have_not_seen() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let version = value_of(&owner.get("/settings"), "version");
    let rename = |browser: &mut Browser, name: &str, version: &str| {
        browser.post("/settings/organization", &[("name", name), ("version", version)])
    };
    tally.sees("rename", &rename(&mut owner, "Acme", &version), "/settings?done=renamed");
    tally.shows("renamed", &owner.get("/settings?done=renamed"), "The organization has its new name.", true);
    let late = rename(&mut owner, "Other", &version);
    tally.again("of the version before", &late, "Somebody else changed this");
    tally.equal("what was typed is kept", &value_of(&late, "name"), &"Other".to_owned());
    for version in ["", "x", "0", "-1"] {
        tally.again("of no version", &rename(&mut owner, "Other", version), "Somebody else changed this");
    }
    let version = value_of(&owner.get("/settings"), "version");
    tally.again("no name", &rename(&mut owner, " ", &version), "Name ");
    let own = format!("/admin/organizations/{}", stage.owner.organization);
    tally.equal("as programs see it", &stage.owner.get(&own).json()["name"], &"Acme".into());
    tally.end();
}

#[test]
fn api_keys_are_enabled_by_a_button_and_only_then_is_there_a_page_for_them() {
    let stage = Stage::sqlite();
    let late = stage.site.organization(&stage.server, &["--name", "late", "--no-bootstrap"]);
    let mut owner = Browser::of_member(&late, "late@example.com", "OrgOwner");
    let mut member = Browser::of_member(&late, "member@example.com", "OrgMember");
    let mut tally = Tally::default();
    let keys = format!("/projects/{}/keys", late.project);
    for (browser, shown) in [(&mut owner, true), (&mut member, false)] {
        let page = browser.get("/settings");
        tally.status("settings", &page, 200);
        tally.shows("the button", &page, "action=\"/settings/bootstrap\"", shown);
        tally.shows("no way to keys", &page, ">API keys</a>", false);
        tally.shows("no signing keys", &page, "/settings/signing-keys/rotate", false);
    }
    tally.status("not a member's", &member.post("/settings/bootstrap", &NOTHING), 403);
    for _ in 0..2 {
        let done = owner.post("/settings/bootstrap", &NOTHING);
        tally.sees("enable", &done, "/settings?done=bootstrapped");
    }
    let page = owner.get("/settings");
    tally.shows("the button", &page, "action=\"/settings/bootstrap\"", false);
    tally.shows("a way to keys", &page, &format!("href=\"{keys}\""), true);
    tally.equal("one signing key", &page.text().matches(">Signs</span>").count(), &1);
    tally.end();
}

#[test]
fn a_signing_key_is_rotated_as_planned_or_at_once() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let path = "/settings/signing-keys/rotate";
    let rotate = |browser: &mut Browser, when: &str, algorithm: &str| {
        browser.post(path, &[("when", when), ("algorithm", algorithm)])
    };
    tally.shows("the way there", &owner.get("/settings"), &format!("href=\"{path}\""), true);
    tally.status("the form", &owner.get(path), 200);
    for when in ["", "later"] {
        tally.again("at no time", &rotate(&mut owner, when, ""), "ay when the next key signs");
    }
    tally.again("no algorithm", &rotate(&mut owner, "planned", "none"), "must be ES256 or EdDSA");
    tally.sees("planned", &rotate(&mut owner, "planned", ""), "/settings?done=rotated");
    let count = |browser: &mut Browser, state: &str| {
        browser.get("/settings").text().matches(&format!(">{state}</span>")).count()
    };
    tally.equal("next", &count(&mut owner, "Signs soon"), &1);
    tally.again("another one is under way", &rotate(&mut owner, "planned", "EdDSA"), "under way");
    tally.sees("at once", &rotate(&mut owner, "at_once", "EdDSA"), "/settings?done=rotated");
    let states = ["Signs soon", "Signs", "Ending"].map(|state| count(&mut owner, state));
    tally.equal("one is left", &states, &[0, 1, 0]);
    tally.shows("of the other algorithm", &owner.get("/settings"), "EdDSA", true);
    tally.end();
}
