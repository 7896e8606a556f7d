//! Resources as lists of words, and what the documents say of them: slow, obvious, and written apart from
//! the code that it judges (`architecture.md` "Resource filters" and "Whose resource is it", `compat.md` 3.4).

use domain::Asked;

/// A resource type.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// The words each segment may hold; none given: any.
    pub(crate) segments: &'static [&'static [&'static str]],
    /// The types it may stand behind.
    pub(crate) within: &'static [&'static str],
    pub(crate) whose: Whose,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Whose {
    /// The key's own project.
    Project,
    /// The key's own organization.
    Organization,
    /// Who it is registered to.
    Registered,
    /// The organization that the ask names.
    Named,
    /// The upstream checks.
    Upstream,
}

const FREE: &[&str] = &[];

const fn kind(
    name: &'static str,
    segments: &'static [&'static [&'static str]],
    within: &'static [&'static str],
    whose: Whose,
) -> Kind {
    Kind { name, segments, within, whose }
}

/// The types of the default catalog.
pub(crate) const DEFAULT: &[Kind] = &[
    kind("PLACE", &[&["Site", "Fleet"], FREE], &[], Whose::Upstream),
    kind("THING", &[FREE, FREE], &["PLACE"], Whose::Upstream),
    kind(
        "TRANSACTION",
        &[&["CommerceInvoice", "BatterySwapReservation"], FREE],
        &["PLACE", "THING"],
        Whose::Upstream,
    ),
    kind("MONITOR", &[FREE], &["PLACE", "THING"], Whose::Upstream),
    kind("INTEGRATION", &[&["INGRESS", "EGRESS"], FREE, FREE], &[], Whose::Upstream),
    kind("COMMERCE", &[], &[], Whose::Upstream),
    kind("ORGANIZATION", &[FREE], &[], Whose::Organization),
    kind("ENDPOINT", &[FREE], &[], Whose::Registered),
    kind("GRAPHQL", &[], &[], Whose::Upstream),
    kind("PROJECT", &[FREE], &[], Whose::Project),
    kind("DATA", &[], &["PROJECT"], Whose::Named),
    kind("CONTROL", &[], &["PROJECT"], Whose::Named),
];

/// Types that chain in every way, with names that are words of one another's segments.
pub(crate) const CHAINING: &[Kind] = &[
    kind("A", &[FREE], &["A", "B", "PROJECT", "ENDPOINT"], Whose::Upstream),
    kind("B", &[&["x", "y"], FREE], &["A", "B", "NAMED"], Whose::Upstream),
    kind("C", &[], &["A", "B", "C", "ORGANIZATION"], Whose::Upstream),
    kind("NAMED", &[FREE], &["A", "NAMED", "ENDPOINT", "PROJECT"], Whose::Named),
    kind("ENDPOINT", &[FREE], &["A", "PROJECT", "NAMED"], Whose::Registered),
    kind("PROJECT", &[FREE], &["A", "ORGANIZATION", "PROJECT"], Whose::Project),
    kind("ORGANIZATION", &[FREE], &["NAMED"], Whose::Organization),
];

/// A catalog of these types.
pub(crate) fn toml(kinds: &[Kind]) -> String {
    let mut text = "[[key_class]]\nname = \"standard\"\nprefix = \"rpa\"\n".to_owned();
    for kind in kinds {
        let segments: Vec<String> = kind
            .segments
            .iter()
            .map(|words| if words.is_empty() { "\"any\"".to_owned() } else { format!("{words:?}") })
            .collect();
        text += &format!("[[resource_type]]\nname = {:?}\nwithin = {:?}\n", kind.name, kind.within);
        text += &format!("segments = [{}]\n", segments.join(", "));
        match kind.whose {
            Whose::Registered => text += "owned = true\n",
            Whose::Upstream => text += "tenant_checked_by_upstream = true\n",
            Whose::Project | Whose::Organization | Whose::Named => {}
        }
    }
    text
}

/// One resource of a chain: its type and the values of its segments, `None` for any.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Resource {
    pub(crate) name: &'static str,
    pub(crate) values: Vec<Option<String>>,
}

pub(crate) type Chain = Vec<Resource>;

/// A chain of one to `longest` resources; `pick(n)` chooses a number below `n`.
pub(crate) fn chain(
    kinds: &[Kind],
    ids: &[&str],
    longest: usize,
    pick: &mut impl FnMut(usize) -> usize,
) -> Chain {
    let mut chain = Chain::new();
    for _ in 0..=pick(longest) {
        let last = chain.last().map(|resource: &Resource| resource.name);
        let next: Vec<&Kind> =
            kinds.iter().filter(|kind| last.is_none_or(|last| kind.within.contains(&last))).collect();
        if next.is_empty() {
            break;
        }
        let kind = next[pick(next.len())];
        let value = |words: &&[&str]| {
            let words = if words.is_empty() { ids } else { words };
            words.get(pick(words.len() + 1)).map(|word| (*word).to_owned())
        };
        chain.push(Resource { name: kind.name, values: kind.segments.iter().map(value).collect() });
    }
    chain
}

/// All words, types included; `None` for any.
pub(crate) fn words(chain: &[Resource]) -> Vec<Option<&str>> {
    chain
        .iter()
        .flat_map(|resource| {
            std::iter::once(Some(resource.name)).chain(resource.values.iter().map(Option::as_deref))
        })
        .collect()
}

/// `TYPE/segment/…`, encoded.
pub(crate) fn text(chain: &[Resource]) -> String {
    let word = |word: &Option<&str>| word.map_or("#".to_owned(), encode);
    words(chain).iter().map(word).collect::<Vec<_>>().join("/")
}

/// Both ways to ask for the same resource.
pub(crate) fn both_forms<'a>(text: &'a str, words: &'a [Option<&'a str>]) -> [Asked<'a>; 2] {
    [Asked::Text(text), Asked::Segments(words)]
}

pub(crate) fn encode(value: &str) -> String {
    let plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:@";
    let byte = |byte: u8| {
        let character = char::from(byte);
        if plain.contains(character) { character.to_string() } else { format!("%{byte:02X}") }
    };
    value.bytes().map(byte).collect()
}

pub(crate) fn decode(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next().unwrap().as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(&piece[..2], 16).unwrap());
        bytes.extend(piece[2..].bytes());
    }
    String::from_utf8(bytes).unwrap()
}

/// Whether the filter, as written, matches the resource: by any suffix that starts at a type.
pub(crate) fn matches(filter: &str, chain: &[Resource]) -> bool {
    if filter.is_empty() || filter == "*" {
        return true;
    }
    let filter: Vec<&str> = filter.split('/').collect();
    (0..chain.len()).any(|start| {
        let address = words(&chain[start..]);
        let same = |(wanted, asked): (&&str, &Option<&str>)| {
            *wanted == "#" || asked.is_some_and(|asked| asked == decode(wanted))
        };
        filter.len() == address.len() && filter.iter().zip(&address).all(same)
    })
}

/// The key's own, and what the ask says.
pub(crate) struct Holder<'a> {
    pub(crate) project: String,
    pub(crate) organization: &'a str,
    /// Canonical names of the resources registered to the project.
    pub(crate) registered: &'a [&'a str],
    pub(crate) asked_organization: Option<&'a str>,
}

/// Whether the resource is one that the key may reach at all.
pub(crate) fn is_own(kinds: &[Kind], holder: &Holder<'_>, chain: &[Resource]) -> bool {
    let named = holder.asked_organization.is_some();
    if holder.asked_organization.is_some_and(|asked| asked != holder.organization) {
        return false;
    }
    chain.iter().enumerate().all(|(at, resource)| {
        let whose = |resource: &Resource| kinds.iter().find(|kind| kind.name == resource.name).unwrap().whose;
        let open = resource.values.contains(&None);
        let only = || resource.values[0].as_deref().unwrap();
        match whose(resource) {
            Whose::Upstream => true,
            // What stands below a resource that was checked needs no name of its own.
            Whose::Named => named || chain[..at].iter().any(|above| whose(above) != Whose::Upstream),
            Whose::Project | Whose::Organization | Whose::Registered if open => named,
            Whose::Project => only() == holder.project,
            Whose::Organization => only() == holder.organization,
            Whose::Registered => holder.registered.contains(&&*text(std::slice::from_ref(resource))),
        }
    })
}
