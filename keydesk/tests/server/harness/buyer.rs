//! API keys that buy access tokens, and what becomes of these.

use super::{Answer, Key, Request, Tenant};
use serde_json::{Value, json};

impl Tenant {
    /// What the token endpoint says to this key, asked with these further fields.
    pub(crate) fn buy_with(&self, key: &Key, more: &Value) -> Answer {
        let mut body = json!({"grant_type": "client_credentials", "client_secret": key.value});
        more.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        Request::new("POST", "/oauth/token").json(&body).send(self.public)
    }

    /// A token of this key.
    pub(crate) fn token_of(&self, key: &Key) -> String {
        bought(&self.buy_with(key, &json!({})))
    }

    /// A token of this key for less than all that the key may do.
    pub(crate) fn token_for(&self, key: &Key, scope: &str) -> String {
        bought(&self.buy_with(key, &json!({"scope": scope})))
    }

    /// The code of the decision on a token alone.
    pub(crate) fn token_verdict(&self, token: &str) -> String {
        self.verdict(&json!({"key": token}))
    }

    /// What the server says of itself (RFC 8414).
    pub(crate) fn metadata(&self) -> Value {
        let answer = Request::new("GET", "/.well-known/oauth-authorization-server").send(self.public);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// The issuer of its tokens.
    pub(crate) fn issuer(&self) -> String {
        self.metadata()["issuer"].as_str().expect("an issuer").to_owned()
    }

    /// The published public keys (RFC 7517).
    pub(crate) fn jwks(&self) -> Vec<Value> {
        let answer = Request::new("GET", "/.well-known/jwks.json").send(self.public);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["keys"].as_array().expect("a list").clone()
    }

    /// The key ids of the published public keys.
    pub(crate) fn kids(&self) -> Vec<String> {
        self.jwks().iter().map(|key| key["kid"].as_str().expect("a kid").to_owned()).collect()
    }

    /// What this service account is told about a key or token.
    pub(crate) fn introspect(&self, token: &str) -> Answer {
        self.introspect_with(&json!({"token": token}))
    }

    pub(crate) fn introspect_with(&self, fields: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        Request::new("POST", "/oauth/introspect")
            .header("Authorization", bearer)
            .json(fields)
            .send(self.public)
    }
}

/// The token of an answer that has one.
pub(crate) fn bought(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["access_token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}
