//! API keys as the schema shows them.

use crate::store::KeyRow;
use api::time::format;
use domain::{Access, Grant, KeyState, Level, Preset, Timestamp};
use serde_json::{Map, Value as Json, json};

/// A key, all fields of the type `ApiKey`.
pub(super) fn show(row: KeyRow, now: Timestamp) -> Map<String, Json> {
    let key = row.key;
    let networks: Vec<String> = key.networks.entries().map(|entry| entry.to_string()).collect();
    let fields: [(&str, Json); 11] = [
        ("id", key.id.to_string().into()),
        ("name", key.name.as_str().into()),
        ("permissions", permissions(&key.grant).into()),
        ("createdAt", format(key.created_at.micros()).into()),
        ("lastUsed", json!(row.last_use.map(|used| format(used.at.micros())))),
        ("expiresAt", json!(key.expires_at.map(|end| format(end.micros())))),
        ("enabled", (key.state == KeyState::Active).into()),
        ("status", key.status(now).name().to_ascii_uppercase().into()),
        ("allowedIpCidrs", networks.into()),
        ("class", key.class.into()),
        ("legacy", key.import.is_some().into()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A key just made, all fields of the type `NewApiKey`.
pub(super) fn with_secret(row: KeyRow, now: Timestamp, secret: Option<&str>) -> Map<String, Json> {
    let mut fields = show(row, now);
    fields.insert("secret".into(), json!(secret));
    fields
}

/// What a key may do, in one line: the way its grant was written down, then word by word what it says.
pub(super) fn permissions(grant: &Grant) -> String {
    let words: Vec<String> = match grant {
        Grant::Roles(roles) => std::iter::once("ROLES".into()).chain(roles.iter().cloned()).collect(),
        Grant::Scopes(scopes) => {
            let scopes = scopes.iter().map(|(action, filter)| format!("{action}:{filter}"));
            std::iter::once("SCOPES".into()).chain(scopes).collect()
        }
        Grant::Access(access) => access_words(access),
    };
    words.join(" ")
}

fn access_words(access: &Access) -> Vec<String> {
    let preset = match access.preset {
        Preset::All => "ALL",
        Preset::ReadOnly => "READ_ONLY",
        Preset::Restricted => "RESTRICTED",
    };
    let apis = access.levels.iter().map(|(api, level)| format!("{api}={}", word(*level)));
    let endpoints = access.endpoints.iter().map(|(id, level)| format!("endpoints/{id}={}", word(*level)));
    std::iter::once(preset.into()).chain(apis).chain(endpoints).collect()
}

fn word(level: Level) -> &'static str {
    match level {
        Level::None => "NONE",
        Level::ReadOnly => "READ_ONLY",
        Level::ReadWrite => "READ_WRITE",
        Level::Restricted => "RESTRICTED",
    }
}
