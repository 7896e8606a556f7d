//! What other sites, and whoever else is not meant, cannot do with the console.

use super::browser::{Browser, PASSWORD, setup, with_form};
use crate::harness::{Answer, Request, Site, Stage, Tally};
use serde_json::json;

/// A form without fields.
const NONE: &[(&str, &str)] = &[];
const ADA: &str = "ada@example.com";
const HOSTILE: &str = r#"<script>alert("x")</script>'&"#;

/// What a browser says of a form that another site sent; and what a program says, which is nothing.
fn foreign(to: &str) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let site = |site: &str| ("Sec-Fetch-Site", site.to_owned());
    let origin = |origin: &str| ("Origin", origin.to_owned());
    vec![
        ("cross-site", vec![site("cross-site"), origin("https://evil.example")]),
        ("cross-site that claims our origin", vec![site("cross-site"), origin(&format!("http://{to}"))]),
        ("same-site", vec![site("same-site"), origin("http://127.0.0.1:1")]),
        ("none", vec![site("none")]),
        ("what is no word for a site", vec![site("Same-Origin, same-origin")]),
        ("an old browser elsewhere", vec![origin("https://evil.example")]),
        ("another scheme", vec![origin(&format!("https://{to}"))]),
        ("another port", vec![origin("http://127.0.0.1:1")]),
        ("our name and more", vec![origin(&format!("http://{to}.evil.example"))]),
        ("no origin", vec![origin("null")]),
        ("a program", Vec::new()),
    ]
}

#[test]
fn forms_from_elsewhere_change_nothing() {
    let stage = Stage::sqlite();
    let mut tally = Tally::default();
    let to = stage.server.public.to_string();
    let own = setup(&stage, ADA);
    let nobody = Browser::new(stage.server.public);
    let attempt = |browser: &Browser, path: &str, fields: &[(&str, String)], headers: &[(&str, String)]| {
        let request =
            headers.iter().fold(browser.request("POST", path), |r, (name, value)| r.header(name, value));
        with_form(request, fields).send(stage.server.public)
    };
    let refused = |tally: &mut Tally, case: String, answer: &Answer| {
        tally.status(&case, answer, 403);
        tally.that(answer.header("set-cookie").is_none(), format_args!("{case}: no cookie"), answer);
    };
    for (case, headers) in foreign(&to) {
        refused(&mut tally, format!("set-up, {case}"), &attempt(&nobody, "/setup", &own, &headers));
    }
    let owner = Browser::of_owner(&stage);
    tally.that(owner.is_signed_in(), "the code was still good", &"");
    let sign_in = [("email", ADA.to_owned()), ("password", PASSWORD.to_owned())];
    for (case, headers) in foreign(&to) {
        for (path, fields) in
            [("/login", &sign_in[..]), ("/logout", &[]), ("/theme", &[("theme", "dark".to_owned())])]
        {
            refused(&mut tally, format!("{path}, {case}"), &attempt(&owner, path, fields, &headers));
        }
    }
    tally.that(owner.is_signed_in(), "nobody was signed out", &"");
    let old = [("Origin", format!("http://{to}"))];
    tally.status("an old browser here", &attempt(&nobody, "/login", &sign_in, &old), 303);
    tally.end();
}

#[test]
fn no_answer_of_the_public_listener_can_be_framed_or_runs_what_is_not_ours() {
    let stage = Stage::sqlite();
    let owner = Browser::of_owner(&stage);
    let keys = format!("/projects/{}/keys", stage.owner.project);
    let mut answers = Vec::new();
    for path in [
        "/",
        "/login",
        "/login?next=//x",
        "/setup",
        "/invite",
        "/docs",
        "/docs/api",
        "/docs/api.md",
        "/llms.txt",
        "/favicon.ico",
        "/assets/nothing",
        "/nothing",
        &keys,
        "/openapi.json",
        "/.well-known/jwks.json",
        "/admin/projects",
        "/admin/nothing",
        "/graphql",
        "/oauth/token",
        "/theme",
    ] {
        for browser in [&owner, &Browser::new(stage.server.public)] {
            answers.push((format!("GET {path}"), browser.request("GET", path).send(stage.server.public)));
            answers.push((
                format!("POST {path}"),
                browser.request("POST", path).body("").send(stage.server.public),
            ));
        }
    }
    let elsewhere = Request::new("GET", "/login").header("Host", "evil.example").send(stage.server.public);
    answers.push(("another host".into(), elsewhere));
    let unknown = Request::new("BREW", "/login").send(stage.server.public);
    answers.push(("an unknown method".into(), unknown));
    let long = Request::new("GET", &format!("/{}", "a".repeat(20_000))).send(stage.server.public);
    answers.push(("a long target".into(), long));

    let mut tally = Tally::default();
    for (case, answer) in &answers {
        let policy = answer.header("content-security-policy").unwrap_or_default();
        for wanted in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            tally.that(policy.contains(wanted), format_args!("{case}: {wanted}"), answer);
        }
        tally.that(
            !policy.contains("unsafe") && !policy.contains('*'),
            format_args!("{case}: strict"),
            &policy,
        );
        tally.equal(case, &answer.header("x-content-type-options"), &Some("nosniff"));
        if answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
            tally.equal(case, &answer.header("x-frame-options"), &Some("DENY"));
            tally.equal(case, &answer.header("cross-origin-opener-policy"), &Some("same-origin"));
            tally.equal(case, &answer.header("referrer-policy"), &Some("same-origin"));
            tally.equal(case, &answer.header("cache-control"), &Some("no-store"));
        }
    }
    tally.end();
}

#[test]
fn under_the_name_of_another_host_there_is_no_console() {
    let stage = Stage::sqlite();
    let owner = Browser::of_owner(&stage);
    let mut tally = Tally::default();
    let port = stage.server.public.port();
    for host in [
        "evil.example",
        &format!("evil.example:{port}"),
        &format!("127.0.0.1.evil.example:{port}"),
        "127.0.0.1:1",
    ] {
        for path in ["/", "/login", "/docs", "/setup"] {
            let answer = owner.request("GET", path).header("Host", host).send(stage.server.public);
            tally.problem(format_args!("{path} at {host}"), &answer, 421, "misdirected");
        }
        let origin = format!("http://{host}");
        let request = owner.request("POST", "/login").header("Host", host).header("Origin", origin);
        let form = with_form(request, &[("email", ADA), ("password", PASSWORD)]);
        tally.problem(format_args!("a form at {host}"), &form.send(stage.server.public), 421, "misdirected");
    }
    tally.end();
}

#[test]
fn signing_in_goes_on_to_our_own_pages_only() {
    let stage = Stage::sqlite();
    Browser::of_owner(&stage);
    let mut tally = Tally::default();
    let go_on = |next: &str| {
        let mut browser = Browser::new(stage.server.public);
        browser.post("/login", &[("email", ADA), ("password", PASSWORD), ("next", next)])
    };
    for next in [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "http:/evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\r\nLocation: https://evil.example",
        "\u{a0}//evil.example",
        "evil.example",
        "",
        "///evil.example",
    ] {
        let answer = go_on(next);
        tally.equal(format_args!("{next:?}"), &(answer.status, answer.header("location")), &(303, Some("/")));
        let encoded: String = next.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let page = Browser::new(stage.server.public).get(&format!("/login?next={encoded}"));
        tally.that(
            page.text().contains("name=\"next\" value=\"\""),
            format_args!("{next:?} in the form"),
            &page,
        );
    }
    let own = go_on("/projects/x/keys?status=all");
    tally.equal("our own", &own.header("location"), &Some("/projects/x/keys?status=all"));
    // What a browser takes for a path of this server stays one, however it is written.
    tally.equal("encoded", &go_on("/%2f%2fevil.example").header("location"), &Some("/%2f%2fevil.example"));
    tally.end();
}

both!(a_session_is_new_at_each_sign_in_and_over_at_sign_out);
fn a_session_is_new_at_each_sign_in_and_over_at_sign_out(site: Site) {
    let stage = Stage::on(site);
    let mut ada = Browser::of_owner(&stage);
    let mut tally = Tally::default();
    let planted = "A".repeat(40);
    let mut victim = Browser::new(stage.server.public);
    victim.token = Some(planted.clone());
    tally.that(!victim.is_signed_in(), "a planted session is none", &"");
    tally.status("sign in", &victim.sign_in(ADA, PASSWORD), 303);
    tally.that(victim.token.as_ref() != Some(&planted), "another one is given", &victim.token);
    let mut attacker = Browser::new(stage.server.public);
    attacker.token = Some(planted);
    tally.that(!attacker.is_signed_in(), "the planted one leads nowhere", &"");

    let before = ada.clone();
    tally.status("sign in again", &ada.sign_in(ADA, PASSWORD), 303);
    tally.that(ada.token != before.token, "the token changes at sign-in", &ada.token);

    let copied = ada.clone();
    let left = ada.post("/logout", NONE);
    tally.equal("sign out", &(left.status, left.header("location")), &(303, Some("/login")));
    tally.equal("the cookie goes", &ada.token, &None);
    tally.that(!copied.is_signed_in(), "a copy of the token is of no use", &"");
    tally.that(victim.is_signed_in(), "other browsers stay", &"");
    tally.end();
}

#[test]
fn the_session_cookie_is_for_this_host_alone_and_out_of_reach_of_scripts() {
    let stage = Stage::sqlite();
    Browser::of_owner(&stage);
    let mut browser = Browser::new(stage.server.public);
    let answer = browser.sign_in(ADA, PASSWORD);
    let cookie = answer.header("set-cookie").unwrap();
    let mut parts = cookie.split("; ");
    let token = parts.next().and_then(|pair| pair.strip_prefix("__Host-session=")).unwrap();
    let mut tally = Tally::default();
    tally.that(
        token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "206 bits",
        &token,
    );
    let rest: Vec<&str> = parts.collect();
    tally.equal(
        "attributes",
        &rest,
        &vec!["Path=/", "Secure", "HttpOnly", "SameSite=Lax", "Max-Age=1209600"],
    );
    tally.that(!stage.server.log().contains(token), "not in the log", &"");

    let twice =
        Request::new("GET", "/").header("Cookie", format!("__Host-session={token}; __Host-session=x"));
    let answer = twice.send(stage.server.public);
    tally.equal("two are none", &answer.header("location"), &Some("/login"));
    let bare = Request::new("GET", "/").header("Cookie", format!("session={token}"));
    tally.equal("by another name", &bare.send(stage.server.public).header("location"), &Some("/login"));
    tally.end();
}

both!(the_sessions_of_a_person_who_was_removed_are_over);
fn the_sessions_of_a_person_who_was_removed_are_over(site: Site) {
    let stage = Stage::on(site);
    let mut bob = Browser::of_member(&stage.owner, "bob@example.com", "OrgMember");
    let mut tally = Tally::default();
    tally.that(bob.is_signed_in(), "a member", &"");
    let users = stage.owner.get("/admin/users?email=bob%40example.com").json();
    let path = format!("/admin/users/{}", users["data"][0]["id"].as_str().unwrap());
    tally.status("remove", &stage.owner.delete(&path), 202);
    tally.that(!bob.is_signed_in(), "signed out", &"");
    tally.status("and not in again", &bob.sign_in("bob@example.com", PASSWORD), 422);
    tally.end();
}

#[test]
fn programs_do_not_sign_in_and_pages_take_no_token() {
    let stage = Stage::sqlite();
    let owner = Browser::of_owner(&stage);
    let keys = stage.owner.keys();
    let mut tally = Tally::default();
    for (method, path) in [
        ("GET", "/admin/projects"),
        ("GET", keys.as_str()),
        ("POST", keys.as_str()),
        ("GET", "/admin/changes"),
    ] {
        let request = owner.request(method, path).header("Sec-Fetch-Site", "same-origin");
        let answer = request.json(&json!({"name": "by cookie"})).send(stage.server.public);
        tally.admin(format_args!("{method} {path}"), &answer, 401, "UNAUTHENTICATED");
    }
    let query = owner.request("POST", "/graphql").header("Sec-Fetch-Site", "same-origin");
    let answer = query.json(&json!({"query": "{ myself { id } }"})).send(stage.server.public);
    tally.equal("/graphql", &answer.json(), &json!({"data": {"myself": null}}));
    for path in ["/", "/projects/x/keys"] {
        let answer = stage.owner.get(path);
        let there = answer.header("location").unwrap_or_default().to_owned();
        tally.that(there.starts_with("/login"), format_args!("{path} with a token"), &answer);
    }
    tally.equal("nothing was made", &stage.owner.get(&keys).json()["data"].as_array().unwrap().len(), &0);
    tally.end();
}

#[test]
fn what_a_form_does_not_show_cannot_be_set() {
    let stage = Stage::sqlite();
    let mut tally = Tally::default();
    let mut nobody = Browser::new(stage.server.public);
    let own = setup(&stage, ADA).map(|(name, value)| (name.to_owned(), value));
    for extra in [
        ("operator", "true"),
        ("role", "OrgOwner"),
        ("organization", "x"),
        ("email", "eve@example.com"),
        ("Email", "x"),
        ("", "x"),
    ] {
        let mut fields = own.to_vec();
        fields.push((extra.0.into(), extra.1.into()));
        tally.status(format_args!("set-up with {extra:?}"), &nobody.post("/setup", &fields), 400);
    }
    let mut owner = Browser::of_owner(&stage);
    tally.that(owner.is_signed_in(), "the code was still good", &"");
    for (path, fields) in [
        ("/login", vec![("email", ADA), ("password", PASSWORD), ("user", "x")]),
        ("/login", vec![("email", ADA), ("email", "eve@example.com"), ("password", PASSWORD)]),
        ("/login", vec![("email", ADA), ("password", "wrong wrong wrong"), ("password", PASSWORD)]),
        ("/invite", vec![("code", "x"), ("password", PASSWORD), ("email", ADA)]),
        ("/theme", vec![("theme", "dark"), ("next", "/")]),
        ("/theme", vec![("theme", "dark"), ("theme", "light")]),
        ("/logout", vec![("all", "true")]),
    ] {
        let answer = owner.post(path, &fields);
        tally.status(format_args!("{path} with {fields:?}"), &answer, 400);
        tally.that(answer.header("set-cookie").is_none(), "no cookie", &answer);
    }
    tally.that(owner.is_signed_in(), "still signed in", &"");
    tally.end();
}

#[test]
fn nobody_learns_who_has_an_account() {
    let stage = Stage::sqlite();
    let mut owner = Browser::of_owner(&stage);
    owner.token = None;
    // As long as the other one, so that the pages are as long, too.
    let unknown = "eve@example.com";
    let mut refused = |email: &str, password: &str| {
        let answer = owner.sign_in(email, password).bare();
        let text = answer.text().replace(email, "EMAIL");
        (answer.status, answer.header("content-length").map(str::to_owned), text)
    };
    let known = refused(ADA, "wrong wrong wrong");
    assert_eq!(known.0, 422);
    assert!(known.2.contains("The e-mail address or the password is wrong."), "{}", known.2);
    assert_eq!(refused(unknown, "wrong wrong wrong"), known);
    assert_eq!(refused(unknown, PASSWORD), known);
}

#[test]
fn what_people_call_things_is_text_on_every_page() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    owner.key_with(json!({"name": HOSTILE}));
    let renamed = owner.patch(&format!("/admin/projects/{}", owner.project), &json!({"name": HOSTILE}));
    let mut tally = Tally::default();
    tally.status("a project", &renamed, 200);
    let renamed =
        owner.patch(&format!("/admin/organizations/{}", owner.organization), &json!({"name": HOSTILE}));
    tally.status("an organization", &renamed, 200);
    let mut ada = Browser::of_owner(&stage);
    let encoded: String = HOSTILE.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let keys = format!("/projects/{}/keys", owner.project);
    let searched = format!("{keys}?q={encoded}&status=all");
    let mut pages: Vec<(String, Answer)> = [
        keys,
        searched,
        format!("/{encoded}"),
        format!("/login?next=/{encoded}"),
        "/docs".into(),
        "/projects".into(),
        "/settings".into(),
    ]
    .map(|path| (path.clone(), ada.get(&path)))
    .into();
    let mut nobody = Browser::new(stage.server.public);
    pages.push(("sign-in".into(), nobody.sign_in(HOSTILE, HOSTILE)));
    let fields = [("code", HOSTILE), ("email", HOSTILE), ("name", HOSTILE), ("password", PASSWORD)];
    pages.push(("set-up".into(), nobody.post("/setup", &fields)));
    pages.push((
        "invitation".into(),
        nobody.post("/invite", &[("code", HOSTILE), ("name", HOSTILE), ("password", PASSWORD)]),
    ));
    for (page, answer) in &pages {
        tally.that(!answer.text().contains("<script>"), format_args!("{page}: no script of theirs"), answer);
    }
    let shown = pages.iter().filter(|(_, answer)| {
        answer.text().contains("&lt;script&gt;") || answer.text().contains("&#60;script&#62;")
    });
    tally.that(shown.count() >= 5, "shown as text", &pages.len());
    tally.end();
}
