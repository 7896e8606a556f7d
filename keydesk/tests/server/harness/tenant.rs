//! One organization as its owner uses it.

use super::{Answer, Census, Request};
use serde_json::{Value, json};
use std::net::SocketAddr;

#[derive(Clone)]
pub(crate) struct Tenant {
    pub(crate) public: SocketAddr,
    pub(crate) data: SocketAddr,
    pub(crate) organization: String,
    pub(crate) project: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) token: String,
}

/// A key just made.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) value: String,
}

impl Key {
    pub(crate) fn path(&self) -> String {
        format!("/admin/api-keys/{}", self.id)
    }
}

impl Tenant {
    /// From what `init`, `serve` and `organization create` print once.
    pub(super) fn enter(public: SocketAddr, data: SocketAddr, printed: &Value) -> Tenant {
        let text = |name: &str| printed[name].as_str().unwrap_or_else(|| panic!("no {name}")).to_owned();
        let tenant = Tenant {
            public,
            data,
            organization: text("organization_id"),
            project: text("project_id"),
            client_id: text("client_id"),
            client_secret: text("client_secret"),
            token: String::new(),
        };
        tenant.signed_in()
    }

    /// With a token just bought.
    fn signed_in(mut self) -> Tenant {
        let bought = self.buy();
        self.token = bought.json()["access_token"].as_str().unwrap_or_else(|| panic!("{bought:?}")).into();
        self
    }

    /// Another service account of the organization, with these roles: `[]` for none.
    pub(crate) fn account(&self, roles: &Value) -> Tenant {
        let body = json!({"name": "account", "role_bindings": roles}).to_string();
        let answer = self.post("/admin/service-accounts", body);
        assert_eq!(answer.status, 201, "{answer:?}");
        let made = answer.json();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let (client_id, client_secret) =
            (text(&made["service_account"]["client_id"]), text(&made["client_secret"]));
        Tenant { client_id, client_secret, ..self.clone() }.signed_in()
    }

    /// Another service account with one role in the whole organization.
    pub(crate) fn member(&self, role: &str) -> Tenant {
        self.account(&json!([{"resource_type": "organization", "role": role}]))
    }

    /// Another service account with one role in this project.
    pub(crate) fn member_of(&self, project: &str, role: &str) -> Tenant {
        self.account(&json!([{"resource_type": "project", "resource_id": project, "role": role}]))
    }

    /// Where this account itself is shown to whom may see it.
    pub(crate) fn own_path(&self, owner: &Tenant) -> String {
        let accounts = owner.get("/admin/service-accounts").json();
        let found = accounts["data"].as_array().unwrap().iter().find(|a| a["client_id"] == *self.client_id);
        format!("/admin/service-accounts/{}", found.unwrap()["id"].as_str().unwrap())
    }

    /// Another project of the organization.
    pub(crate) fn other_project(&self) -> String {
        let made = self.post("/admin/projects", r#"{"name":"other"}"#);
        made.json()["id"].as_str().unwrap_or_else(|| panic!("{made:?}")).to_owned()
    }

    /// A token, or the reason why not.
    pub(crate) fn buy(&self) -> Answer {
        let (id, secret) = (&self.client_id, &self.client_secret);
        let body = json!({"grant_type": "client_credentials", "client_id": id, "client_secret": secret});
        Request::new("POST", "/oauth/token").json(&body).send(self.public)
    }

    pub(crate) fn call(&self, method: &str, path: &str) -> Request {
        Request::new(method, path).header("Authorization", format!("Bearer {}", self.token))
    }

    pub(crate) fn send(&self, request: &Request) -> Answer {
        request.send(self.public)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.call("GET", path).send(self.public)
    }

    pub(crate) fn post(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        self.call("POST", path).body(body).send(self.public)
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Answer {
        self.call("PATCH", path).json(body).send(self.public)
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path).send(self.public)
    }

    /// Where the keys of the first project are made and listed.
    pub(crate) fn keys(&self) -> String {
        format!("/admin/projects/{}/api-keys", self.project)
    }

    pub(crate) fn key(&self) -> Key {
        self.key_with(json!({}))
    }

    /// A key with these fields; named, unless the fields say how.
    pub(crate) fn key_with(&self, mut fields: Value) -> Key {
        if fields.get("name").is_none() {
            fields["name"] = "key".into();
        }
        let answer = self.post(&self.keys(), fields.to_string());
        assert_eq!(answer.status, 200, "{answer:?}");
        let made = answer.json();
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        Key { id: text(&made["key"]["id"]), value: text(&made["value"]) }
    }

    /// Asks the data listener; the answer as it is.
    pub(crate) fn ask(&self, question: &Value) -> Answer {
        Request::new("POST", "/v1/verify").json(question).send(self.data)
    }

    /// The code of the decision.
    pub(crate) fn verdict(&self, question: &Value) -> String {
        let answer = self.ask(question);
        assert_eq!(answer.status, 200, "{answer:?}");
        let decision = answer.json();
        let code = decision["code"].as_str().expect("a code").to_owned();
        assert_eq!(decision["allowed"], code == "allowed", "{answer:?}");
        code
    }

    /// The code of the decision on a key alone.
    pub(crate) fn verify(&self, key: &Key) -> String {
        self.verdict(&json!({"key": key.value}))
    }

    /// Has the key expire, and returns when it has.
    pub(crate) fn run_out(&self, key: &Key) {
        // A moment that was still to come when it was written may have passed when it is read.
        while self.patch(&key.path(), &json!({"expires_at": soon()})).status != 200 {}
        while self.verify(key) == "allowed" {}
    }

    pub(crate) fn census(&self) -> Census {
        Census::of(self)
    }
}

#[expect(clippy::disallowed_methods, reason = "a test that has to do with the time of day")]
fn soon() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    api::time::format(i64::try_from(now.as_micros()).expect("before 294247") + 300_000)
}
