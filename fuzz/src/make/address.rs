//! Filters and addresses: chains that a catalog allows, over few ids, and texts that are almost right.

use crate::case::Words;
use crate::catalogs::slow_catalog;
use crate::places::{ORGANIZATIONS, PROJECTS, named, organization_of};
use crate::random::Random;
use spec::address::encode;
use spec::catalog::Type;

/// Ids, literally: what must be escaped, what need not be, and what looks like something else.
const VALUES: [&str; 30] = [
    "a",
    "b",
    "a",
    "b",
    "B1",
    "A",
    "s1",
    "~",
    ":",
    "a:b",
    "@",
    "-",
    ".a",
    "a.",
    "...",
    "#",
    "*",
    "/",
    "%",
    "a/b",
    "a#",
    "%23",
    "%61",
    "é",
    "Site",
    "THING",
    " ",
    "+",
    "?",
    "\u{10ffff}",
];

/// The ids of what may be registered.
const OWNED: [&str; 5] = ["a", "b", "a/b", "#", "é"];

/// No segment may stand for these.
const NOTHING: [&str; 6] = ["", ".", "..", "\0", "\n", "\u{85}"];

/// A filter of a key of the project.
pub(crate) fn filter(random: &mut Random, words: Words, project: usize) -> String {
    match random.below(20) {
        0 | 1 => "*".to_owned(),
        2 if random.chance(20) => String::new(),
        _ => chain(random, words, project, 35),
    }
}

/// A chain of types that may stand so, each segment `#` so many times in a hundred.
pub(crate) fn chain(random: &mut Random, words: Words, project: usize, any: usize) -> String {
    let types = slow_catalog(words).types;
    let mut text = String::new();
    let mut before = "";
    // Rarely as long as it can be, and one longer.
    let most = if random.chance(2) { 9 } else { 1 + random.below(3) };
    for _ in 0..most {
        let fits: Vec<&Type> = types
            .iter()
            .filter(|kind| before.is_empty() || kind.2.split(' ').any(|outer| outer == before))
            .collect();
        let Some(kind) = random.one_of(&fits) else { break };
        if !text.is_empty() {
            text.push('/');
        }
        text.push_str(&link(random, kind, project, any));
        before = kind.0;
    }
    text
}

fn link(random: &mut Random, kind: &Type, project: usize, any: usize) -> String {
    let mut text = kind.0.to_owned();
    for words in kind.1.split_whitespace() {
        text.push('/');
        text.push_str(&segment(random, kind, words, project, any));
    }
    text
}

fn segment(random: &mut Random, kind: &Type, words: &str, project: usize, any: usize) -> String {
    if random.chance(any) {
        return "#".to_owned();
    }
    let words: Vec<&str> = words.split('|').collect();
    let value = match (words.as_slice(), kind.0, kind.3) {
        _ if random.chance(4) => random.pick(&VALUES).to_owned(),
        (["*"], "PROJECT", _) if random.chance(75) => named(&PROJECTS, project).to_owned(),
        (["*"], "PROJECT", _) => odd_case(random, &PROJECTS),
        (["*"], "ORGANIZATION", _) if random.chance(75) => {
            named(&ORGANIZATIONS, organization_of(project)).to_owned()
        }
        (["*"], "ORGANIZATION", _) => odd_case(random, &ORGANIZATIONS),
        (["*"], _, "owned") => random.pick(&OWNED).to_owned(),
        (["*"], ..) => random.pick(&VALUES).to_owned(),
        (words, ..) => random.pick(words).to_owned(),
    };
    spelled(random, &value)
}

fn odd_case(random: &mut Random, names: &[&str]) -> String {
    let name = random.pick(names);
    if random.chance(10) { name.to_uppercase() } else { name.to_owned() }
}

/// A value in one of the ways to write it.
pub(crate) fn spelled(random: &mut Random, value: &str) -> String {
    match random.below(20) {
        0 => value.bytes().map(|byte| format!("%{byte:02x}")).collect(),
        1 => encode(value).replace("%2F", "%2f").replace("%C3", "%c3"),
        2 if random.chance(30) => value.to_owned(),
        _ => encode(value),
    }
}

/// A value for a place of which nothing is known.
pub(crate) fn value(random: &mut Random) -> &'static str {
    if random.chance(1) { random.pick(&NOTHING) } else { random.pick(&VALUES) }
}

/// The address of one resource of an owned type, in its canonical form.
pub(crate) fn owned(random: &mut Random) -> String {
    let value = encode(random.pick(&OWNED));
    match random.below(4) {
        0 => format!("ROOM/{}/{value}", random.pick(&["Big", "Small"])),
        _ => format!("ENDPOINT/{value}"),
    }
}

/// The text, or one with a small mistake in it.
pub(crate) fn mistaken(random: &mut Random, text: String) -> String {
    let mut segments: Vec<String> = text.split('/').map(str::to_owned).collect();
    let at = random.below(segments.len());
    match random.below(16) {
        0 => drop(segments.remove(at)),
        1 => segments
            .insert(at, random.pick(&["", "#", "*", "a", "THING", "Site", "DATA", "GRAPHQL"]).to_owned()),
        2 => segments.push(random.pick(&["", "#", "a", "DATA", "COMMERCE", "THING"]).to_owned()),
        3 => segments.insert(at, spelled(random, random_nothing(at))),
        4 => segments.iter_mut().skip(at).take(1).for_each(|segment| *segment = segment.to_lowercase()),
        5 => segments.iter_mut().skip(at).take(1).for_each(|segment| {
            let odd = random
                .pick(&["#", "*", "%", "%2", "%zz", "%2F", "%00", "%ff", "%C3%A9", " ", "é", "+", "\\"]);
            segment.insert_str(if random.chance(50) { 0 } else { segment.len() }, odd);
        }),
        6 if random.chance(20) => segments.push("x".repeat(random.below(1200))),
        7 if random.chance(20) => {
            let length = segments.iter().map(String::len).sum::<usize>() + segments.len() - 1;
            let wanted = 1022 + random.below(5);
            let rest = "y".repeat(wanted.saturating_sub(length));
            segments.iter_mut().skip(1).take(1).for_each(|segment| segment.push_str(&rest));
        }
        _ => {}
    }
    segments.join("/")
}

fn random_nothing(at: usize) -> &'static str {
    NOTHING.get(at).copied().unwrap_or("..")
}

/// An address of what is allowed by the filter, or of something close to that.
pub(crate) fn near(random: &mut Random, words: Words, filter: &str, project: usize) -> String {
    let mut segments: Vec<String> = filter.split('/').map(str::to_owned).collect();
    for segment in &mut segments {
        // Other types, and words outside of their sets, come from elsewhere.
        let free = !segment.chars().all(|letter| letter.is_ascii_uppercase());
        if (segment == "#" && random.chance(80)) || (free && random.chance(3)) {
            let value = value(random);
            *segment = spelled(random, value);
        } else if free && random.chance(4) {
            *segment = "#".to_owned();
        }
    }
    let types = slow_catalog(words).types;
    let first = segments.first().cloned().unwrap_or_default();
    let outer = types.iter().find(|kind| kind.0 == first).map_or("", |kind| kind.2);
    let outer: Vec<&Type> = types.iter().filter(|kind| outer.split(' ').any(|name| name == kind.0)).collect();
    if let Some(kind) = random.one_of(&outer).filter(|_| random.chance(40)) {
        segments.insert(0, link(random, kind, project, 10));
    }
    segments.join("/")
}

/// The segments as an array holds them, where the text can be read.
pub(crate) fn segments(text: &str) -> Option<Vec<Option<String>>> {
    text.split('/')
        .map(|segment| if segment == "#" { Some(None) } else { decoded(segment).map(Some) })
        .collect()
}

fn decoded(text: &str) -> Option<String> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(rest.bytes());
    }
    String::from_utf8(bytes).ok()
}
