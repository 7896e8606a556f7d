//! Where a person is signed in, and with which password.

use super::NOTHING;
use crate::console::browser::{Browser, PASSWORD};
use crate::harness::{Stage, Tally};

const ADA: &str = "ada@example.com";

fn signed_in(stage: &Stage, password: &str) -> Browser {
    let mut browser = Browser::new(stage.server.public);
    assert_eq!(browser.sign_in(ADA, password).status, 303);
    browser
}

/// The addresses of the forms that end a session.
fn ends(browser: &mut Browser) -> Vec<String> {
    let text = browser.get("/settings").text();
    let forms = text.split("action=\"").skip(1).filter_map(|rest| rest.split('"').next());
    forms.filter(|path| path.ends_with("/end")).map(str::to_owned).collect()
}

#[test]
fn sessions_are_listed_and_ended_one_by_one_or_all_others_at_once() {
    let stage = Stage::sqlite();
    let (mut here, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let [second, third, fourth] = [(); 3].map(|()| signed_in(&stage, PASSWORD));
    tally.equal("the others", &ends(&mut here).len(), &3);
    let newest = ends(&mut here).remove(0);
    tally.sees("end one", &here.post(&newest, &NOTHING), "/settings?done=ended");
    let states = [&second, &third, &fourth].map(Browser::is_signed_in);
    tally.equal("one is over", &states.iter().filter(|is| !**is).count(), &1);
    tally.sees("over already", &here.post(&newest, &NOTHING), "/settings?done=ended");
    tally.status("no session at all", &here.post("/settings/sessions/x/end", &NOTHING), 404);
    let others = here.post("/settings/sessions/end-others", &NOTHING);
    tally.sees("end the others", &others, "/settings?done=others");
    let states = [&here, &second, &third, &fourth].map(Browser::is_signed_in);
    tally.equal("this one is left", &states, &[true, false, false, false]);
    tally.equal("and no other is listed", &ends(&mut here).len(), &0);
    tally.end();
}

#[test]
fn nobody_ends_the_session_of_somebody_else() {
    let stage = Stage::sqlite();
    let (mut owner, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let _other = signed_in(&stage, PASSWORD);
    let mut member = Browser::of_member(&stage.owner, "bob@example.com", "OrgMember");
    let ends = ends(&mut owner);
    tally.equal("something to try", &ends.len(), &1);
    for end in &ends {
        tally.sees("another's", &member.post(end, &NOTHING), "/settings?done=ended");
    }
    tally.sees(
        "all others",
        &member.post("/settings/sessions/end-others", &NOTHING),
        "/settings?done=others",
    );
    tally.equal("all are there", &self::ends(&mut owner), &ends);
    tally.end();
}

#[test]
fn a_password_is_changed_by_whoever_knows_it_and_all_other_sessions_end() {
    const NEW: &str = "battery staple correct";
    let stage = Stage::sqlite();
    let (mut here, mut tally) = (Browser::of_owner(&stage), Tally::default());
    let other = signed_in(&stage, PASSWORD);
    let change = |browser: &mut Browser, current: &str, password: &str, again: &str| {
        let fields = [("email", ADA), ("current", current), ("password", password), ("again", again)];
        browser.post("/settings/password", &fields)
    };
    tally.again("too short", &change(&mut here, PASSWORD, "short", "short"), "at least 12 characters");
    tally.again("typed otherwise", &change(&mut here, PASSWORD, NEW, "battery staple"), "the same way twice");
    tally.again("another password", &change(&mut here, "correct horse", NEW, NEW), "is another one");
    tally.that(other.is_signed_in(), "nothing ended", &"signed out");
    let changed = change(&mut here, PASSWORD, NEW, NEW);
    tally.sees("change", &changed, "/settings?done=password");
    tally.equal("who is signed in", &(here.is_signed_in(), other.is_signed_in()), &(true, false));
    tally.status("the old one", &Browser::new(stage.server.public).sign_in(ADA, PASSWORD), 422);
    tally.that(signed_in(&stage, NEW).is_signed_in(), "the new one", &"not signed in");
    tally.end();
}
