//! A key as it stands in a form: texts, right or wrong, until they are read.

use crate::Error;
use crate::console::fault::Fault;
use crate::console::form::Form;
use crate::ops::trial::Question;
use crate::rest::keys::{grant, networks, read_time};
use api::admin::{AccessBody, ScopeBody};
use api::body::Unknown;
use domain::{Grant, Key, Level, Networks, Timestamp};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What a new key is offered: most keys are made for something that ends.
const DAYS: &str = "30";
const DAY_SECONDS: i64 = 86_400;

/// The fields of a key, as typed.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) name: String,
    pub(super) class: String,
    /// A number of days, `custom`, `never` or `keep`.
    pub(super) expires: String,
    pub(super) expires_on: String,
    /// One of the presets, `roles` or `scopes`.
    pub(super) kind: String,
    pub(super) levels: BTreeMap<String, String>,
    pub(super) endpoints: BTreeMap<String, String>,
    pub(super) roles: Vec<String>,
    pub(super) scopes: Vec<(String, String)>,
    pub(super) networks: String,
    pub(super) try_action: String,
    pub(super) try_resource: String,
    pub(super) try_ip: String,
}

const ONCE: [&str; 14] = [
    "form_id",
    "name",
    "class",
    "expires",
    "expires_on",
    "kind",
    "networks",
    "do",
    "remove",
    "try_action",
    "try_resource",
    "try_ip",
    "version",
    "confirm",
];
const REPEATED: [&str; 3] = ["role", "scope_action", "scope_filter"];

impl Draft {
    /// What a new key begins as: able to do nothing, for a month.
    pub(super) fn new() -> Draft {
        let scopes = vec![("read".to_owned(), String::new())];
        Draft { expires: DAYS.into(), kind: "restricted".into(), scopes, ..Draft::default() }
    }

    /// A key that exists.
    pub(super) fn of(key: &Key) -> Draft {
        let networks: Vec<String> = key.networks.entries().map(|entry| entry.to_string()).collect();
        let expires = if key.expires_at.is_some() { "keep" } else { "never" };
        let mut draft = Draft {
            name: key.name.as_str().to_owned(),
            class: key.class.clone(),
            expires: expires.into(),
            networks: networks.join("\n"),
            ..Draft::new()
        };
        draft.put(&key.grant);
        draft
    }

    /// Puts a grant into the fields.
    pub(super) fn put(&mut self, grant: &Grant) {
        match grant {
            Grant::Scopes(scopes) => {
                self.kind = "scopes".into();
                self.scopes.clone_from(scopes);
            }
            Grant::Roles(roles) => {
                self.kind = "roles".into();
                self.roles = roles.iter().cloned().collect();
            }
            Grant::Access(access) => {
                let name = |(id, level): (&String, &Level)| (id.clone(), level_name(*level).to_owned());
                self.kind = access.preset.name().into();
                self.levels = access.levels.iter().map(name).collect();
                self.endpoints = access.endpoints.iter().map(name).collect();
            }
        }
    }

    pub(super) fn read(form: &Form) -> Result<Draft, Fault> {
        let varying: Vec<String> = ["level-", "endpoint-"]
            .iter()
            .flat_map(|prefix| form.beginning(prefix).map(move |(id, _)| format!("{prefix}{id}")))
            .collect();
        let mut once = ONCE.to_vec();
        once.extend(varying.iter().map(String::as_str));
        form.has_only(&once, &REPEATED)?;
        let text = |name: &str| form.get(name).to_owned();
        let map =
            |prefix| form.beginning(prefix).map(|(id, level)| (id.to_owned(), level.to_owned())).collect();
        let filters = form.all("scope_filter").map(str::to_owned);
        Ok(Draft {
            name: text("name"),
            class: text("class"),
            expires: text("expires"),
            expires_on: text("expires_on"),
            kind: text("kind"),
            levels: map("level-"),
            endpoints: map("endpoint-"),
            roles: form.all("role").map(str::to_owned).collect(),
            scopes: form.all("scope_action").map(str::to_owned).zip(filters).collect(),
            networks: text("networks"),
            try_action: text("try_action"),
            try_resource: text("try_resource"),
            try_ip: text("try_ip"),
        })
    }

    /// All fields again, for a page that only asks whether they are meant.
    pub(super) fn fields(&self) -> Vec<(String, String)> {
        let one = |name: &str, value: &String| (name.to_owned(), value.clone());
        let mut fields = vec![
            one("name", &self.name),
            one("expires", &self.expires),
            one("expires_on", &self.expires_on),
            one("kind", &self.kind),
            one("networks", &self.networks),
        ];
        fields.extend(self.levels.iter().map(|(id, level)| (format!("level-{id}"), level.clone())));
        fields.extend(self.endpoints.iter().map(|(id, level)| (format!("endpoint-{id}"), level.clone())));
        fields.extend(self.roles.iter().map(|role| one("role", role)));
        for (action, filter) in &self.scopes {
            fields.extend([one("scope_action", action), one("scope_filter", filter)]);
        }
        fields
    }

    /// What is said of the grant in a body of the Admin API.
    fn grant_body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        match self.kind.as_str() {
            "roles" => body.insert("roles".into(), json!(self.roles)),
            "scopes" => {
                let scope = |(action, filter): &(String, String)| {
                    let filter = if filter.is_empty() { "*" } else { filter };
                    json!({ "action": action, "resource_filter": filter })
                };
                body.insert("scopes".into(), self.scopes.iter().map(scope).collect())
            }
            "restricted" => body.insert(
                "access".into(),
                json!({ "preset": "restricted", "levels": said(&self.levels), "endpoints": self.said_endpoints() }),
            ),
            preset => body.insert("access".into(), json!({ "preset": preset })),
        };
        body
    }

    /// The levels of endpoints count only where an API says that they do.
    fn said_endpoints(&self) -> BTreeMap<&str, &str> {
        let wanted = self.levels.values().any(|level| level == "restricted");
        if wanted { said(&self.endpoints) } else { BTreeMap::new() }
    }

    /// The request that makes this key.
    pub(super) fn body(&self, expires_at: Option<Timestamp>) -> Value {
        let mut body = Map::new();
        body.insert("name".into(), json!(if self.name.is_empty() { "ci" } else { &self.name }));
        if !self.class.is_empty() {
            body.insert("class".into(), json!(self.class));
        }
        body.extend(self.grant_body());
        if let Some(end) = expires_at {
            body.insert("expires_at".into(), json!(api::time::format(end.micros())));
        }
        let networks: Vec<&str> = self.network_texts().collect();
        if !networks.is_empty() {
            body.insert("allowed_ip_cidrs".into(), json!(networks));
        }
        Value::Object(body)
    }

    /// What the key may do.
    pub(super) fn grant(&self) -> Result<Grant, Error> {
        let body = |levels: &BTreeMap<&str, &str>| {
            levels.iter().map(|(id, level)| ((*id).to_owned(), (*level).to_owned())).collect()
        };
        let access = |preset: &str, levels, endpoints| AccessBody {
            preset: preset.to_owned(),
            levels,
            endpoints,
            unknown: Unknown::default(),
        };
        let (roles, scopes, access) = match self.kind.as_str() {
            "roles" => (Some(self.roles.clone()), None, None),
            "scopes" => (None, Some(self.scopes.iter().map(scope_body).collect()), None),
            "restricted" => {
                let levels = body(&said(&self.levels));
                (None, None, Some(access("restricted", levels, body(&self.said_endpoints()))))
            }
            preset => (None, None, Some(access(preset, BTreeMap::new(), BTreeMap::new()))),
        };
        let nothing = || Error::Invalid("choose at least one role, or one scope".into());
        if roles.as_ref().is_some_and(Vec::is_empty) || scopes.as_ref().is_some_and(Vec::is_empty) {
            return Err(nothing());
        }
        grant(roles, scopes, access)?.ok_or_else(nothing)
    }

    /// Where it may be used from.
    pub(super) fn allowed(&self) -> Result<Networks, Error> {
        let texts: Vec<String> = self.network_texts().map(str::to_owned).collect();
        networks(&texts)
    }

    fn network_texts(&self) -> impl Iterator<Item = &str> {
        self.networks.split([',', ' ', '\n', '\r', '\t']).filter(|text| !text.is_empty())
    }

    /// When it ends; `None` is never, and `kept` what it is now.
    pub(super) fn end(&self, kept: Option<Timestamp>, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        match self.expires.as_str() {
            "never" => Ok(None),
            "keep" => Ok(kept),
            "custom" => {
                let wrong = || Error::Invalid("the day it expires must be a date such as 2027-01-31".into());
                let time = read_time(&format!("{}T00:00:00Z", self.expires_on));
                time.map(Some).map_err(|_| wrong())
            }
            days => match days.parse() {
                Ok(days @ 1..=3650) => Ok(Some(now.plus_seconds(days * DAY_SECONDS))),
                _ => Err(Error::Invalid("say when the key expires, or that it never does".into())),
            },
        }
    }

    /// The call that is tried, if one is.
    pub(super) fn question(&self) -> Result<Option<Question>, Error> {
        if self.try_resource.is_empty() {
            return Ok(None);
        }
        let client = match self.try_ip.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| Error::Invalid("this is no IP address to try".into()))?),
        };
        let (action, resource) = (self.try_action.clone(), self.try_resource.clone());
        Ok(Some(Question { action, resource, client }))
    }
}

fn scope_body((action, filter): &(String, String)) -> ScopeBody {
    ScopeBody { action: action.clone(), resource_filter: Some(filter.clone()), unknown: Unknown::default() }
}

/// What is not said is `none`, and is not said.
fn said(levels: &BTreeMap<String, String>) -> BTreeMap<&str, &str> {
    let said = levels.iter().filter(|(_, level)| *level != "none");
    said.map(|(id, level)| (id.as_str(), level.as_str())).collect()
}

/// The name of a level as it is written.
pub(super) fn level_name(level: Level) -> &'static str {
    match level {
        Level::None => "none",
        Level::ReadOnly => "read_only",
        Level::ReadWrite => "read_write",
        Level::Restricted => "restricted",
    }
}
