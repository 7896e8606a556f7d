//! A browser: it says where its forms come from, and keeps one session.

use crate::harness::{Answer, Request, Stage, Tenant};
use serde_json::{Value, json};
use std::net::SocketAddr;

pub(super) const PASSWORD: &str = "correct horse battery";
const SESSION: &str = "__Host-session=";

/// A browser on one server.
#[derive(Clone)]
pub(super) struct Browser {
    to: SocketAddr,
    pub(super) token: Option<String>,
}

impl Browser {
    pub(super) fn new(to: SocketAddr) -> Browser {
        Browser { to, token: None }
    }

    /// Of the first owner, who just became one.
    pub(super) fn of_owner(stage: &Stage) -> Browser {
        let mut browser = Browser::new(stage.server.public);
        let answer = browser.post("/setup", &setup(stage, "ada@example.com"));
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")), "{answer:?}");
        browser
    }

    /// Of somebody with this role in the organization, who was invited.
    pub(super) fn of_member(owner: &Tenant, email: &str, role: &str) -> Browser {
        let roles = json!([{"resource_type": "organization", "role": role}]);
        let made = owner.post("/admin/invites", json!({"email": email, "role_bindings": roles}).to_string());
        let code = after_hash(&made.json()["accept_url"]);
        let mut browser = Browser::new(owner.public);
        let answer =
            browser.post("/invite", &[("code", code.as_str()), ("name", "Bob"), ("password", PASSWORD)]);
        assert_eq!(answer.status, 303, "{answer:?}");
        browser
    }

    /// As a page of the console would ask.
    pub(super) fn request(&self, method: &str, path: &str) -> Request {
        let request = Request::new(method, path).header("Accept", "text/html,*/*;q=0.8");
        match &self.token {
            Some(token) => request.header("Cookie", format!("theme=dark; {SESSION}{token}")),
            None => request,
        }
    }

    /// Sends it, and keeps the session that it is given.
    pub(super) fn send(&mut self, request: &Request) -> Answer {
        let answer = request.send(self.to);
        let kept = answer.header("set-cookie").and_then(|cookie| cookie.strip_prefix(SESSION));
        if let Some(cookie) = kept {
            let token = cookie.split(';').next().unwrap_or_default();
            self.token = Some(token.to_owned()).filter(|token| !token.is_empty());
        }
        answer
    }

    pub(super) fn get(&mut self, path: &str) -> Answer {
        self.send(&self.request("GET", path))
    }

    /// A form of the console's own.
    pub(super) fn post(&mut self, path: &str, fields: &[(impl AsRef<str>, impl AsRef<str>)]) -> Answer {
        let request = self.request("POST", path).header("Sec-Fetch-Site", "same-origin");
        self.send(&with_form(request, fields))
    }

    pub(super) fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("/login", &[("email", email), ("password", password), ("next", "")])
    }

    /// Whether the server still takes the session for one.
    pub(super) fn is_signed_in(&self) -> bool {
        self.request("GET", "/").send(self.to).header("location") != Some("/login")
    }
}

/// The form that makes the first owner.
pub(super) fn setup(stage: &Stage, email: &str) -> [(&'static str, String); 4] {
    let printed = std::fs::read(stage.site.data().join("first-run.json")).unwrap();
    let printed: Value = serde_json::from_slice(&printed).unwrap();
    [
        ("code", after_hash(&printed["setup_url"])),
        ("email", email.into()),
        ("name", "Ada".into()),
        ("password", PASSWORD.into()),
    ]
}

fn after_hash(url: &Value) -> String {
    url.as_str().and_then(|url| url.split('#').nth(1)).unwrap_or_else(|| panic!("{url}")).to_owned()
}

/// With these fields as a form sends them.
pub(super) fn with_form(request: Request, fields: &[(impl AsRef<str>, impl AsRef<str>)]) -> Request {
    let encode = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let pair = |(name, value): &(_, _)| -> String {
        let (name, value): (&str, &str) = (AsRef::as_ref(name), AsRef::as_ref(value));
        format!("{}={}", encode(name), encode(value))
    };
    let body = fields.iter().map(pair).collect::<Vec<_>>().join("&");
    request.header("Content-Type", "application/x-www-form-urlencoded").body(body)
}
