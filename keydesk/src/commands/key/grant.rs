//! What a key may do, as it is written on the command line.

use serde_json::{Map, Value, json};

const GRANT: &str = "What the key may do";

/// At most one of three ways to say it.
#[derive(Debug, clap::Args)]
pub(super) struct GrantArgs {
    /// A role, such as DataPlaneViewer; may be repeated
    #[arg(long = "role", help_heading = GRANT, value_name = "ROLE", conflicts_with_all = ["scopes", "access"])]
    roles: Vec<String>,
    /// A scope, such as read:THING/#/#; may be repeated
    #[arg(long = "scope", help_heading = GRANT, value_name = "ACTION:FILTER", value_parser = scope, conflicts_with = "access")]
    scopes: Vec<Scope>,
    /// A preset
    #[arg(long, help_heading = GRANT, value_parser = ["all", "read_only", "restricted"])]
    access: Option<String>,
    /// With `--access restricted`: the level of an API, such as graphql=read_only; may be repeated
    #[arg(long = "level", help_heading = GRANT, value_name = "API=LEVEL", value_parser = level, requires = "access")]
    levels: Vec<Level>,
    /// With `--access restricted`: the level of one endpoint, such as ep1=read_write; may be repeated
    #[arg(long = "endpoint", help_heading = GRANT, value_name = "ID=LEVEL", value_parser = level, requires = "access")]
    endpoints: Vec<Level>,
}

/// An action and the resources it is allowed on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Scope {
    action: String,
    filter: String,
}

/// An API or endpoint, and the level granted on it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Level {
    id: String,
    level: String,
}

impl GrantArgs {
    /// The fields that say it on the wire; none when nothing was said.
    pub(super) fn fields(&self) -> Result<Map<String, Value>, String> {
        let mut fields = Map::new();
        if !self.roles.is_empty() {
            fields.insert("roles".into(), json!(self.roles));
        }
        if !self.scopes.is_empty() {
            fields.insert("scopes".into(), self.scopes.iter().map(Scope::body).collect());
        }
        if let Some(preset) = &self.access {
            let levels = by_id("--level", &self.levels)?;
            let endpoints = by_id("--endpoint", &self.endpoints)?;
            let access = json!({"preset": preset, "levels": levels, "endpoints": endpoints});
            fields.insert("access".into(), access);
        }
        Ok(fields)
    }
}

impl Scope {
    fn body(&self) -> Value {
        json!({"action": self.action, "resource_filter": self.filter})
    }
}

/// An id given twice is refused: of two levels, nobody knows which one was meant.
fn by_id(flag: &str, levels: &[Level]) -> Result<Map<String, Value>, String> {
    let mut map = Map::new();
    for Level { id, level } in levels {
        if map.insert(id.clone(), Value::from(level.as_str())).is_some() {
            return Err(format!("{flag} is given twice for `{id}`"));
        }
    }
    Ok(map)
}

/// Splits at the first colon. The filter must be written, `*` for everything: on the wire an absent one
/// means just that, and something forgotten must not grant everything.
fn scope(text: &str) -> Result<Scope, String> {
    match text.split_once(':') {
        Some((action, filter)) if !action.is_empty() && !filter.is_empty() => {
            Ok(Scope { action: action.into(), filter: filter.into() })
        }
        _ => Err("write it as ACTION:FILTER, such as read:THING/#/#, or read:* for everything".into()),
    }
}

/// Splits at the last equals sign: no level has one, an endpoint's id may.
fn level(text: &str) -> Result<Level, String> {
    match text.rsplit_once('=') {
        Some((id, level)) if !id.is_empty() && !level.is_empty() => {
            Ok(Level { id: id.into(), level: level.into() })
        }
        _ => Err("write it as ID=LEVEL, such as graphql=read_only".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        grant: GrantArgs,
    }

    fn fields(arguments: &[&str]) -> Result<String, String> {
        let line =
            Line::try_parse_from([&["create"], arguments].concat()).map_err(|error| error.to_string())?;
        Ok(Value::from(line.grant.fields()?).to_string())
    }

    #[test]
    fn a_scope_is_an_action_and_a_filter() {
        assert_eq!(scope("read:A/b:c"), Ok(Scope { action: "read".into(), filter: "A/b:c".into() }));
        for text in ["", "read", "read:", ":THING/#/#", ":"] {
            assert!(scope(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_level_belongs_to_an_id() {
        assert_eq!(level("e=1=none"), Ok(Level { id: "e=1".into(), level: "none".into() }));
        for text in ["", "graphql", "graphql=", "=none", "="] {
            assert!(level(text).is_err(), "{text}");
        }
    }

    #[test]
    fn each_way_to_grant_has_its_field() {
        assert_eq!(fields(&[]).unwrap(), "{}");
        assert_eq!(fields(&["--role", "A", "--role", "B"]).unwrap(), r#"{"roles":["A","B"]}"#);
        assert_eq!(
            fields(&["--scope", "read:THING/#/#", "--scope", "*:*"]).unwrap(),
            r##"{"scopes":[{"action":"read","resource_filter":"THING/#/#"},{"action":"*","resource_filter":"*"}]}"##
        );
        assert_eq!(
            fields(&["--access", "restricted", "--level", "ai=restricted", "--endpoint", "e=none"]).unwrap(),
            r#"{"access":{"endpoints":{"e":"none"},"levels":{"ai":"restricted"},"preset":"restricted"}}"#
        );
    }

    #[test]
    fn a_grant_said_in_two_ways_is_refused() {
        for arguments in [
            &["--role", "A", "--scope", "read:*"][..],
            &["--role", "A", "--access", "all"],
            &["--scope", "read:*", "--access", "all"],
            &["--level", "graphql=none"],
            &["--endpoint", "e=none"],
            &["--access", "some"],
            &["--scope", "read"],
            &["--access", "restricted", "--level", "a=none", "--level", "a=read_write"],
            &["--access", "restricted", "--endpoint", "e=none", "--endpoint", "e=none"],
        ] {
            assert!(fields(arguments).is_err(), "{arguments:?}");
        }
    }
}
