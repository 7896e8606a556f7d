//! Resource filters, and the addresses that a call asks for (compat 3.4; catalog, "Grammar of a filter").

use crate::catalog::{Catalog, Type};

/// One `TYPE/segment/…`. A segment is its value, decoded, or `None` for `#`: in a filter any, in a question "unknown".
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    pub kind: Type,
    pub segments: Vec<Option<String>>,
}

/// Resources, outermost first; none at all is `*`. compat 3.4: missing, null and "" mean `*`.
pub fn filter(text: Option<&str>, catalog: &Catalog) -> Option<Vec<Link>> {
    match text {
        None | Some("" | "*") => Some(Vec::new()),
        Some(text) => chain(text, catalog),
    }
}

/// compat 3.4: read a TYPE, take its fixed number of segments, repeat; 1 to 8 resources, at most 1,024 bytes.
pub fn chain(text: &str, catalog: &Catalog) -> Option<Vec<Link>> {
    let mut chain: Vec<Link> = Vec::new();
    let mut parts = text.split('/');
    while let Some(name) = parts.next() {
        let kind = *catalog.types.iter().find(|kind| kind.0 == name)?;
        // security 4: chains are declared.
        let stands = chain.last().is_none_or(|before| kind.2.split(' ').any(|outer| outer == before.kind.0));
        let mut segments = Vec::new();
        for words in kind.1.split_whitespace() {
            let value = segment(parts.next()?)?;
            // compat 3.3: fixed values are checked, unknown ones rejected.
            let known = |value: &String| words == "*" || words.split('|').any(|word| word == value);
            segments.push(value.as_ref().is_none_or(known).then_some(value)?);
        }
        chain.push(stands.then_some(Link { kind, segments })?);
    }
    (chain.len() <= 8 && text.len() <= 1024).then_some(chain)
}

fn segment(text: &str) -> Option<Option<String>> {
    if text == "#" {
        return Some(None);
    }
    let mut value = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        match byte {
            b'%' => value.push(u8::try_from(digit()? * 16 + digit()?).ok()?),
            byte => value.push(plain(byte).then_some(byte)?), // so no `#` or `*` that is not alone
        }
    }
    // catalog, "Grammar of a filter": text without control characters. compat 3.4: no empty and no dot segments. An
    // escape does not help: what counts is the value.
    let value = String::from_utf8(value).ok()?;
    let none = value.chars().any(char::is_control) || ["", ".", ".."].contains(&value.as_str());
    (!none).then_some(Some(value))
}

/// compat 3.4, `pchar`: what needs no escape.
fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:@".contains(&byte)
}

/// A literal value as a segment.
pub fn encode(value: &str) -> String {
    let escape = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    value.bytes().map(escape).collect()
}

/// architecture, "Resource filters": an array of literal segments, where `null` is any, is the same as this text.
pub fn array(segments: &[Option<String>]) -> String {
    let text = |segment: &Option<String>| segment.as_deref().map_or("#".to_owned(), encode);
    segments.iter().map(text).collect::<Vec<_>>().join("/")
}

/// compat 3.4, matching: `*` matches all. Every suffix that starts at a TYPE is an address of the same thing, and a
/// filter matches one that is as long (no descent, no ascent), of the same types, each segment equal or `#` in the
/// filter. An asked `#` is matched by `#` only.
pub fn matches(filter: &[Link], asked: &[Link]) -> bool {
    let fits = |(filter, asked): (&Link, &Link)| {
        let mut segments = filter.segments.iter().zip(&asked.segments);
        filter.kind == asked.kind && segments.all(|(filter, asked)| filter.is_none() || filter == asked)
    };
    let Some(outer) = asked.len().checked_sub(filter.len()) else { return false };
    filter.iter().zip(asked.iter().skip(outer)).all(fits)
}
