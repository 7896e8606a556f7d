//! A key as a person reads it; programs get the server's own JSON.

use crate::exit::{Fault, Kind};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What of a key is shown. Fields of a newer server are passed over.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shown {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) hint: String,
    project_id: String,
    status: String,
    class: String,
    roles: Vec<String>,
    scopes: Vec<Scope>,
    access: Option<Access>,
    expires_at: Option<String>,
    allowed_ip_cidrs: Vec<String>,
    created_at: String,
    created_by: String,
    last_used_at: Option<String>,
    last_used_ip: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Scope {
    action: String,
    resource_filter: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Access {
    preset: String,
    #[serde(default)]
    levels: BTreeMap<String, String>,
    #[serde(default)]
    endpoints: BTreeMap<String, String>,
}

/// The columns of a list.
pub(super) const HEADINGS: [&str; 6] = ["ID", "NAME", "STATUS", "HINT", "GRANT", "EXPIRES"];
/// What a list shows of a grant before it only counts.
const GRANT_CHARS_MAX: usize = 48;

impl Shown {
    /// The key as one line of a list.
    pub(super) fn row(&self) -> Vec<String> {
        let grant = self.grant();
        let short = grant.join(", ");
        let short = if short.chars().count() <= GRANT_CHARS_MAX { short } else { self.counted(grant.len()) };
        let expires = self.expires_at.clone().unwrap_or_else(|| "never".into());
        vec![self.id.clone(), self.name.clone(), self.status.clone(), self.hint.clone(), short, expires]
    }

    /// The key as a line for each field.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let or = |value: &Option<String>, absent: &str| value.clone().unwrap_or_else(|| absent.to_owned());
        let networks = &self.allowed_ip_cidrs;
        let from = if networks.is_empty() { "anywhere".to_owned() } else { networks.join(", ") };
        let used = match &self.last_used_ip {
            Some(address) => format!("{} from {address}", or(&self.last_used_at, "never")),
            None => or(&self.last_used_at, "never"),
        };
        vec![
            ("id", self.id.clone()),
            ("name", self.name.clone()),
            ("project", self.project_id.clone()),
            ("status", self.status.clone()),
            ("class", self.class.clone()),
            ("hint", self.hint.clone()),
            ("grant", self.grant().join(", ")),
            ("expires", or(&self.expires_at, "never")),
            ("allowed from", from),
            ("created", format!("{} by {}", self.created_at, self.created_by)),
            ("last used", used),
        ]
    }

    /// The grant, piece by piece, as the command line takes it.
    fn grant(&self) -> Vec<String> {
        if let Some(access) = &self.access {
            let levels = access.levels.iter().chain(&access.endpoints);
            let levels = levels.map(|(id, level)| format!("{id}={level}"));
            return std::iter::once(access.preset.clone()).chain(levels).collect();
        }
        let scopes = self.scopes.iter();
        let scopes = scopes.map(|scope| {
            let filter = scope.resource_filter.as_deref().filter(|filter| !filter.is_empty());
            format!("{}:{}", scope.action, filter.unwrap_or("*"))
        });
        self.roles.iter().cloned().chain(scopes).collect()
    }

    fn counted(&self, pieces: usize) -> String {
        match &self.access {
            Some(access) => format!("{} with {} levels", access.preset, pieces.saturating_sub(1)),
            None if self.scopes.is_empty() => format!("{pieces} roles"),
            None => format!("{pieces} scopes"),
        }
    }
}

/// Reads what the server sent as it is needed here.
pub(super) fn parsed<'a, T: Deserialize<'a>>(answer: &'a RawValue) -> Result<T, Fault> {
    // The cause is left out: it could quote the answer, and that may hold a secret.
    let foreign = |_| Fault::new(Kind::Protocol, "protocol", "the server's answer is not what Keydesk sends");
    serde_json::from_str(answer.get()).map_err(foreign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(json: &str) -> Shown {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_grant_reads_as_it_is_written() {
        assert_eq!(key(r#"{"roles":["A","B"],"scopes":[],"access":null}"#).grant(), ["A", "B"]);
        let scopes = r##"{"scopes":[{"action":"read","resource_filter":"T/#"},{"action":"*","resource_filter":null}]}"##;
        assert_eq!(key(scopes).grant(), ["read:T/#", "*:*"]);
        let access =
            r#"{"access":{"preset":"restricted","levels":{"ai":"restricted"},"endpoints":{"e":"none"}}}"#;
        assert_eq!(key(access).grant(), ["restricted", "ai=restricted", "e=none"]);
    }

    #[test]
    fn a_long_grant_is_counted_in_a_list_and_whole_alone() {
        let scopes = [r#"{"action":"read","resource_filter":"PLACE/Site/s1"}"#; 9].join(",");
        let key = key(&format!(r#"{{"id":"k","scopes":[{scopes}]}}"#));
        assert_eq!(key.row()[4], "9 scopes");
        assert_eq!(key.fields()[6].1.matches("read:PLACE/Site/s1").count(), 9);
    }

    #[test]
    fn what_is_not_restricted_says_so() {
        let shown = key("{}").fields();
        assert!(
            shown.contains(&("expires", "never".into()))
                && shown.contains(&("allowed from", "anywhere".into()))
        );
    }
}
