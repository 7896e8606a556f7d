//! What goes into mutations. The schema has seen to the types; what is left is to say the same as REST does.

use crate::Error;
use crate::ops::{KeyPatch, NewKey};
use crate::store::StoreError;
use api::body::present;
use domain::{Access, Grant, Level, Name, Networks, Preset, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// `UpdateUserSettingsInput`
#[derive(Deserialize)]
pub(super) struct UserSettings {
    /// Absent stays, null removes.
    #[serde(rename = "pubKey", default, deserialize_with = "present")]
    pub(super) pub_key: Option<Option<String>>,
}

/// Nothing is set where nothing is given: that would only show what is set to who may not read it.
pub(super) fn no_setting() -> Error {
    Error::Invalid("`input` must have `pubKey`; null removes what is set".into())
}

/// `CreateApiKeyInput` and `UpdateApiKeyInput`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyInput {
    id: Option<String>,
    name: Option<String>,
    class: Option<String>,
    permission: Option<Permission>,
    graphql: Option<LevelWord>,
    ai: Option<LevelWord>,
    levels: Option<Vec<ApiLevel>>,
    endpoints: Option<Vec<EndpointAccess>>,
    #[serde(default, deserialize_with = "present")]
    expires_at: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    allowed_ip_cidrs: Option<Option<Vec<String>>>,
    enabled: Option<bool>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Permission {
    All,
    ReadOnly,
    Restricted,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum LevelWord {
    None,
    ReadOnly,
    ReadWrite,
    Restricted,
}

#[derive(Deserialize)]
struct ApiLevel {
    api: String,
    level: LevelWord,
}

#[derive(Deserialize)]
struct EndpointAccess {
    id: String,
    access: LevelWord,
}

/// The argument `input`; the schema makes sure that it fits.
pub(super) fn read<T: DeserializeOwned>(arguments: &Map<String, Json>) -> Result<T, Error> {
    let input = arguments.get("input").cloned().unwrap_or_default();
    serde_json::from_value(input).map_err(|_| Error::Store(StoreError::Failed))
}

/// A key to make.
pub(super) fn new_key(arguments: &Map<String, Json>) -> Result<NewKey, Error> {
    let input: KeyInput = read(arguments)?;
    let grant = input.grant()?;
    Ok(NewKey {
        name: name(&input.name.unwrap_or_default())?,
        grant,
        class: input.class,
        expires_at: input.expires_at.flatten().as_deref().map(time).transpose()?,
        networks: networks(&input.allowed_ip_cidrs.flatten().unwrap_or_default())?,
        enabled: input.enabled.unwrap_or(true),
    })
}

/// Which key to change, and what of it.
pub(super) fn key_patch(arguments: &Map<String, Json>) -> Result<(String, KeyPatch), Error> {
    let input: KeyInput = read(arguments)?;
    let grant = input.grant()?;
    let expires_at = match input.expires_at {
        Some(Some(text)) => Some(Some(time(&text)?)),
        Some(None) => Some(None),
        None => None,
    };
    let patch = KeyPatch {
        name: input.name.as_deref().map(name).transpose()?,
        grant,
        expires_at,
        networks: input.allowed_ip_cidrs.map(|list| networks(&list.unwrap_or_default())).transpose()?,
        enabled: input.enabled,
    };
    Ok((input.id.unwrap_or_default(), patch))
}

impl KeyInput {
    /// The permission and the levels, which are one thing: levels alone would leave open what they replace.
    fn grant(&self) -> Result<Option<Grant>, Error> {
        let levels = self.levels()?;
        let endpoints = self.endpoints()?;
        let Some(permission) = self.permission else {
            if levels.is_empty() && endpoints.is_empty() {
                return Ok(None);
            }
            return Err(Error::Invalid(
                "levels go with `permission: RESTRICTED`, which they need beside them".into(),
            ));
        };
        let preset = match permission {
            Permission::All => Preset::All,
            Permission::ReadOnly => Preset::ReadOnly,
            Permission::Restricted => Preset::Restricted,
        };
        Ok(Some(Grant::Access(Access { preset, levels, endpoints })))
    }

    fn levels(&self) -> Result<BTreeMap<String, Level>, Error> {
        let named = [("graphql", self.graphql), ("ai", self.ai)];
        let named = named.into_iter().filter_map(|(api, level)| Some((api.to_owned(), level?)));
        let others = self.levels.iter().flatten().map(|entry| (entry.api.clone(), entry.level));
        each_once(named.chain(others), "an API has two levels")
    }

    fn endpoints(&self) -> Result<BTreeMap<String, Level>, Error> {
        let entries = self.endpoints.iter().flatten().map(|entry| (entry.id.clone(), entry.access));
        each_once(entries, "an endpoint has two levels")
    }
}

fn each_once(
    entries: impl Iterator<Item = (String, LevelWord)>,
    twice: &str,
) -> Result<BTreeMap<String, Level>, Error> {
    let mut found = BTreeMap::new();
    for (id, word) in entries {
        let level = match word {
            LevelWord::None => Level::None,
            LevelWord::ReadOnly => Level::ReadOnly,
            LevelWord::ReadWrite => Level::ReadWrite,
            LevelWord::Restricted => Level::Restricted,
        };
        if found.insert(id, level).is_some() {
            return Err(Error::Invalid(twice.into()));
        }
    }
    Ok(found)
}

fn name(text: &str) -> Result<Name, Error> {
    Name::parse(text, Name::KEY_CHARS_MAX).map_err(Error::name)
}

fn networks(entries: &[String]) -> Result<Networks, Error> {
    Ok(Networks::parse(entries.iter().map(String::as_str))?)
}

fn time(text: &str) -> Result<Timestamp, Error> {
    let refused = || {
        Error::Invalid(
            "`expiresAt` must be an RFC 3339 time with an offset, such as 2027-01-01T00:00:00Z".into(),
        )
    };
    api::time::parse(text).map(Timestamp::from_micros).ok_or_else(refused)
}
