//! Templates of a route: the path it answers, and the resource that a request to it means.

use super::mistake::Mistakes;
use super::types::Types;
use crate::resource::decode_value;
use crate::scope::shorten;
use crate::{Address, Asked};
use std::fmt;
use toml::Spanned;

/// One segment of a path template.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PathSegment {
    /// Stands for itself; empty at the end of a path with a trailing slash.
    Literal(String),
    /// `{name}`: any one segment.
    Name(String),
    /// `{*name}`: all that is left. Only at the end.
    Rest(String),
}

/// No API has paths of more segments, and finding a route goes this deep.
const SEGMENTS_MAX: usize = 32;

/// The segments of a path template; `None` when it is none.
pub(super) fn read_path(path: &Spanned<String>, mistakes: &mut Mistakes<'_>) -> Option<Vec<PathSegment>> {
    let Some(rest) = path.get_ref().strip_prefix('/') else {
        mistakes.note(&path.span(), "a path begins with /");
        return None;
    };
    if rest.split('/').count() > SEGMENTS_MAX {
        mistakes.note(&path.span(), format!("a path has at most {SEGMENTS_MAX} segments"));
        return None;
    }
    let mut segments = Vec::new();
    let mut texts = rest.split('/').peekable();
    while let Some(text) = texts.next() {
        match read_segment(text, texts.peek().is_none(), &segments) {
            Ok(segment) => segments.push(segment),
            Err(why) => {
                mistakes.note(&path.span(), format!("segment `{}` of the path {why}", shorten(text)));
                return None;
            }
        }
    }
    Some(segments)
}

fn read_segment(text: &str, last: bool, before: &[PathSegment]) -> Result<PathSegment, &'static str> {
    let Some(name) = text.strip_prefix('{').and_then(|inner| inner.strip_suffix('}')) else {
        let literal = || PathSegment::Literal(text.to_owned());
        return is_canonical(text, last).then(literal).ok_or("is not in the one form that gateways agree on");
    };
    let (name, segment): (_, fn(String) -> PathSegment) = match name.strip_prefix('*') {
        Some(_) if !last => return Err("takes all that is left, so it must be the last"),
        Some(name) => (name, PathSegment::Rest),
        None => (name, PathSegment::Name),
    };
    if !is_name(name) {
        return Err("has a name that is not of a-z, 0-9 and _");
    }
    if before.iter().any(|segment| segment.name() == Some(name)) {
        return Err("has a name that is there twice");
    }
    Ok(segment(name.to_owned()))
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !name.is_empty() && name.bytes().all(plain)
}

/// A literal segment as every gateway sees it; only the last may be empty (a trailing slash).
fn is_canonical(segment: &str, last: bool) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:@".contains(&byte);
    let dots = segment == "." || segment == "..";
    (last || !segment.is_empty()) && !dots && segment.bytes().all(plain)
}

impl PathSegment {
    /// What the segment is called, when it stands for something else.
    pub fn name(&self) -> Option<&str> {
        match self {
            PathSegment::Literal(_) => None,
            PathSegment::Name(name) | PathSegment::Rest(name) => Some(name),
        }
    }
}

/// Without the names: two routes of one shape answer the same requests.
pub(super) fn shape(segments: &[PathSegment]) -> String {
    let text = |segment: &PathSegment| match segment {
        PathSegment::Literal(text) => format!("/{text}"),
        PathSegment::Name(_) => "/{}".to_owned(),
        PathSegment::Rest(_) => "/{*}".to_owned(),
    };
    segments.iter().map(text).collect()
}

/// One segment of the resource that a request means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResourcePart {
    /// Stands for itself, decoded.
    Literal(String),
    /// What the path has at this segment, counted from 0.
    Segment(usize),
    /// Unknown or any.
    Any,
}

/// The parts of a resource template: every name of it is one segment of the path, and what comes out is an address.
pub(super) fn read_resource(
    resource: &Spanned<String>,
    path: &[PathSegment],
    types: &Types,
    mistakes: &mut Mistakes<'_>,
) -> Option<Vec<ResourcePart>> {
    let texts = || resource.get_ref().split('/');
    let parts: Result<Vec<ResourcePart>, Odd<'_>> = texts().map(|text| part(text, path)).collect();
    let parts = mistakes.keep(&resource.span(), parts)?;
    // A name is checked as `#`, which fits wherever a value from a request may fit.
    let sample: Vec<&str> = parts.iter().zip(texts()).map(|(part, text)| sample(part, text)).collect();
    let parsed = Address::parse(Asked::Text(&sample.join("/")), types).map(|_| ());
    mistakes.keep(&resource.span(), parsed).map(|()| parts)
}

fn sample<'r>(part: &ResourcePart, text: &'r str) -> &'r str {
    match part {
        ResourcePart::Segment(_) => "#",
        ResourcePart::Literal(_) | ResourcePart::Any => text,
    }
}

fn part<'r>(text: &'r str, path: &[PathSegment]) -> Result<ResourcePart, Odd<'r>> {
    let name = text.strip_prefix('{').and_then(|inner| inner.strip_suffix('}'));
    match name {
        None if text.contains(['{', '}']) => Err(Odd(text, "is not a name alone")),
        None if text == "#" => Ok(ResourcePart::Any),
        // What does not decode is no address, which is said in the words of addresses.
        None => Ok(ResourcePart::Literal(decode_value(text).unwrap_or_default())),
        Some(name) => match path.iter().position(|segment| segment.name() == Some(name)) {
            Some(index) if matches!(path.get(index), Some(PathSegment::Name(_))) => {
                Ok(ResourcePart::Segment(index))
            }
            Some(_) => Err(Odd(text, "may be many segments of the path, not one")),
            None => Err(Odd(text, "has a name that the path does not have")),
        },
    }
}

/// A segment of a resource template, and what is odd about it.
struct Odd<'r>(&'r str, &'static str);

impl fmt::Display for Odd<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "segment `{}` of the resource {}", shorten(self.0), self.1)
    }
}
