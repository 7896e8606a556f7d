//! One key as it was written, and as it is meant.

use super::reader::Lost;
use crate::ops::import::{Draft, Given, NewLegacyKey};
use api::admin::ImportEntry;
use domain::{LegacyValue, Level, Name, Networks, Timestamp, parse_sha256};

/// Puts the key of a line into the draft, or what is wrong with it. When there is no room for more, the rest need
/// not be read.
pub(super) fn take(line: u32, written: &ImportEntry, draft: &mut Draft) -> Result<(), Lost> {
    match meant(written) {
        Ok(new) => draft.add(line, new).then_some(()).ok_or(Lost),
        Err(message) => {
            draft.refuse(line, message);
            Ok(())
        }
    }
}

fn meant(written: &ImportEntry) -> Result<NewLegacyKey<'_>, String> {
    Ok(NewLegacyKey {
        name: Name::parse(&written.name, Name::KEY_CHARS_MAX).map_err(|error| format!("`name` {error}"))?,
        given: given(written)?,
        graphql: level(&written.graphql)?,
        enabled: written.enabled.unwrap_or(true),
        created_at: written.created_at.as_deref().map(moment).transpose()?,
        networks: written.allowed_ip_cidrs.as_deref().map(networks).transpose()?,
    })
}

fn given(written: &ImportEntry) -> Result<Given<'_>, String> {
    match (&written.value, &written.sha256) {
        (Some(value), None) => {
            let value = LegacyValue::parse(value).map_err(|error| format!("`value` {error}"))?;
            Ok(Given::Value(value))
        }
        (None, Some(text)) => {
            let sha256 = parse_sha256(text).ok_or("`sha256` must be 64 hexadecimal digits")?;
            Ok(Given::Sha256(sha256))
        }
        (Some(_), Some(_)) => Err("write only one of `value` and `sha256`".into()),
        (None, None) => Err("`value` or `sha256` is missing".into()),
    }
}

fn level(text: &str) -> Result<Level, String> {
    match text {
        "read_only" => Ok(Level::ReadOnly),
        "read_write" => Ok(Level::ReadWrite),
        _ => Err("`graphql` must be read_only or read_write".into()),
    }
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let refused = "`created_at` must be an RFC 3339 time with an offset, such as 2024-11-11T00:00:00Z";
    Ok(Timestamp::from_micros(api::time::parse(text).ok_or(refused)?))
}

fn networks(entries: &[String]) -> Result<Networks, String> {
    let read = Networks::parse(entries.iter().map(String::as_str));
    read.map_err(|error| format!("`allowed_ip_cidrs`: {error}"))
}
