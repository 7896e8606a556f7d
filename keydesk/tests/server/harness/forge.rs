//! The signing keys of a site, opened with the secrets beside its database: whatever they sign has a valid signature.

use super::Site;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use control::seal::MasterKey;
use control::signing::SigningKey;
use control::store::Store;
use serde_json::{Value, json};

/// Signing keys, each with the organization it belongs to; none for the server's own.
pub(crate) struct Forge(Vec<(Option<String>, SigningKey)>);

impl Site {
    /// Everything that signs on this site now.
    pub(crate) fn forge(&self) -> Forge {
        let text = std::fs::read_to_string(self.data().join("master.key")).unwrap();
        let bytes: Vec<u8> =
            text.trim().as_bytes().chunks(2).map(|pair| u8::from_str_radix(str(pair), 16).unwrap()).collect();
        let master = MasterKey::new(&bytes.try_into().unwrap()).unwrap();
        let database = self.database_in_place();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let rows = runtime.block_on(async {
            Store::open(&database, "never new").await.unwrap().signing_keys().await.unwrap()
        });
        let owned = |organization: &Option<domain::OrganizationId>| {
            organization.as_ref().map(|organization| organization.as_str().to_owned())
        };
        let open = |row| SigningKey::open(row, &master).unwrap();
        Forge(rows.iter().map(|row| (owned(&row.published.organization_id), open(row))).collect())
    }
}

fn str(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

impl Forge {
    /// The key of the organization, or the server's own.
    pub(crate) fn key(&self, organization: Option<&str>) -> &SigningKey {
        &self.0.iter().find(|(owner, _)| owner.as_deref() == organization).expect("it has a key").1
    }

    /// The header that this key's tokens have.
    pub(crate) fn header(&self, organization: Option<&str>) -> Value {
        json!({"alg": "ES256", "kid": self.key(organization).kid(), "typ": "at+jwt"})
    }

    /// A token with these claims, signed as the organization's, or the server's, are.
    pub(crate) fn token(&self, organization: Option<&str>, claims: &Value) -> String {
        self.signed(organization, &self.header(organization).to_string(), &claims.to_string())
    }

    /// Whatever this is, signed.
    pub(crate) fn signed(&self, organization: Option<&str>, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = self.key(organization).sign(message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// One part of a token, read.
pub(crate) fn part(token: &str, at: usize) -> Value {
    let text = token.split('.').nth(at).unwrap_or_else(|| panic!("no JWT: {token}"));
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

/// The claims of a token.
pub(crate) fn claims(token: &str) -> Value {
    part(token, 1)
}

/// Now, in seconds since 1970.
#[expect(clippy::disallowed_methods, reason = "tokens and proofs have to do with the time of day")]
pub(crate) fn seconds() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    i64::try_from(now.as_secs()).expect("before 292277026596")
}
