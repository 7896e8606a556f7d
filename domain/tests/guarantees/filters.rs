//! The grammar of resource filters, and what they match.

use crate::model::{self, CHAINING, Chain, DEFAULT, both_forms, chain, text, words};
use domain::catalog::types::Types;
use domain::{Action, Address, Asked, AskedError, Catalog, Filter, FilterError, Scope};
use proptest::prelude::*;
use std::sync::LazyLock;

fn chaining() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::parse(&model::toml(CHAINING)).unwrap());
    &CATALOG
}

fn filter(text: &str) -> Result<Filter, FilterError> {
    Filter::parse(text, Catalog::builtin().types())
}

fn refusal(text: &str) -> String {
    filter(text).map_or_else(|error| error.to_string(), |filter| panic!("`{text}` is read as {filter:?}"))
}

/// Whether the scope allows the request, asked in both forms.
fn allows(scope: (&str, &str), action: &str, resource: &str, types: &Types) -> bool {
    let scope = Scope::parse(scope.0, scope.1, types).unwrap();
    let action = Action::parse(action).unwrap();
    let values: Vec<Option<String>> =
        resource.split('/').map(|word| (word != "#").then(|| model::decode(word))).collect();
    let segments: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
    let [as_text, as_array] = both_forms(resource, &segments)
        .map(|asked| scope.allows(action, &Address::parse(asked, types).unwrap()));
    assert_eq!(as_text, as_array, "{resource}");
    as_text
}

#[test]
fn a_filter_matches_exactly_what_the_published_table_says() {
    let catalog = Catalog::builtin();
    let battery = "PLACE/Site/S1/THING/Battery/B1";
    for (scope, action, resource, expected) in [
        (("write", "PLACE/Site/S1/THING/#/#"), "write", battery, true),
        (("write", "PLACE/Site/S1/THING/#/#"), "write", "PLACE/Site/S2/THING/Battery/B2", false),
        (("write", "PLACE/Site/S1/THING/#/#"), "read", battery, false),
        (("write", "PLACE/Site/S1/THING/#/#"), "write", "PLACE/Site/S1", false),
        (("write", "PLACE/Site/S1/THING/#/#"), "write", "THING/Battery/B1", false),
        (("write", "PLACE/Site/S1/THING/#/#"), "write", "PLACE/Fleet/S1/THING/Battery/B1", false),
        (("read", "THING/Battery/#"), "read", battery, true),
        (("read", "THING/Battery/#"), "read", "THING/Battery/B1", true),
        (("read", "THING/Battery/#"), "read", "PLACE/Site/S1/THING/Charger/C1", false),
        (("read", "THING/Battery/#"), "write", battery, false),
        (("read", "THING/Battery/#"), "admin", battery, false),
        (("read", "PLACE/#/#"), "read", "PLACE/Fleet/F1", true),
        (("read", "PLACE/#/#"), "read", "PLACE/Fleet/F1/THING/Battery/B1", false),
        (("read", "PLACE/Site/#/THING/#/#"), "read", "THING/#/#", false),
        (("read", "PLACE/Site/#/THING/#/#"), "read", "PLACE/Site/S1/THING/#/#", true),
        (("*", "*"), "admin", battery, true),
        (("*", "*"), "read", "THING/#/#", true),
        (("*", ""), "write", "COMMERCE", true),
        (("read", "THING/#/B1"), "read", battery, true),
        (("read", "THING/battery/#"), "read", battery, false),
        (("read", "PLACE/Site/S1"), "read", battery, false),
        (("read", "PLACE/Site/S1/THING/Battery/B1"), "read", "PLACE/Site/S1", false),
        (("read", "COMMERCE"), "read", "COMMERCE", true),
        (("read", "COMMERCE"), "read", "TENANT", false),
        (("read", "THING/Battery/B1"), "read", "THING/Battery/#", false),
        (("read", "THING/Battery/#"), "read", "THING/Battery/#", true),
        (("read", "THING/Battery/#"), "read", "THING/#/#", false),
        (("read", "THING/#/#"), "read", "PLACE/#/#/THING/#/#", true),
        (("read", "PLACE/Site/#"), "read", "PLACE/#/S1", false),
        (("read", "INTEGRATION/INGRESS/#/#"), "read", "INTEGRATION/INGRESS/mqtt/i1", true),
        (("read", "INTEGRATION/INGRESS/#/#"), "read", "INTEGRATION/EGRESS/mqtt/i1", false),
        (("read", "THING/Battery/B1"), "read", "THING/Battery/b1", false),
        (("read", "THING/Battery/B1"), "read", "THING/Battery/B10", false),
        (("read", "THING/Battery/B%31"), "read", "THING/Battery/B1", true),
        (("read", "THING/Battery/B1"), "read", "THING/Battery/B%31", true),
        (("read", "MONITOR/a%2fb"), "read", "MONITOR/a%2Fb", true),
        (
            ("read", "TRANSACTION/CommerceInvoice/#"),
            "read",
            "PLACE/Site/S1/TRANSACTION/CommerceInvoice/t",
            true,
        ),
    ] {
        assert_eq!(
            allows(scope, action, resource, catalog.types()),
            expected,
            "{scope:?} {action} {resource}"
        );
    }
}

#[test]
fn no_action_implies_another_and_star_is_all_of_them() {
    let catalog = Catalog::builtin();
    for held in ["read", "write", "admin", "*"] {
        for asked in ["read", "write", "admin"] {
            assert_eq!(allows((held, "*"), asked, "COMMERCE", catalog.types()), held == asked || held == "*");
        }
    }
}

#[test]
fn an_action_is_exactly_one_of_the_four_words() {
    for word in
        ["", "Read", "READ", "read ", "reed", "adm\u{131}n", "re\u{17f}d", "**", "#", "read,write", "admin."]
    {
        let error = Scope::parse(word, "*", Catalog::builtin().types()).unwrap_err();
        assert_eq!(error.to_string(), format!("action `{word}` is not one of read, write, admin, *"));
        assert_eq!(Action::parse(word), None);
    }
    assert_eq!(Action::parse("*"), None, "a call does one thing");
}

#[test]
fn every_fault_of_a_filter_is_refused_with_its_position() {
    let wildcard = "may not stand here; `*` is a whole filter, `#` one segment";
    let unknown = "is not a resource type; types are upper case";
    for (text, expected) in [
        ("/THING/a/b", "segment 1 of resource filter is empty".to_owned()),
        ("THING/a/b/", "segment 4 of resource filter is empty".to_owned()),
        ("/", "segment 1 of resource filter is empty".to_owned()),
        ("THING//b", "segment 2 of resource filter is empty".to_owned()),
        ("THING/a/", "segment 3 of resource filter is empty".to_owned()),
        ("PLACE/Site/s//THING/a/b", "segment 4 of resource filter is empty".to_owned()),
        ("thing/a/b", format!("segment 1 of resource filter: `thing` {unknown}")),
        ("Thing/a/b", format!("segment 1 of resource filter: `Thing` {unknown}")),
        ("NOTHING/a", format!("segment 1 of resource filter: `NOTHING` {unknown}")),
        ("%54HING/a/b", format!("segment 1 of resource filter: `%54HING` {unknown}")),
        (" THING/a/b", format!("segment 1 of resource filter: ` THING` {unknown}")),
        ("THING/a/b/c", format!("segment 4 of resource filter: `c` {unknown}")),
        ("COMMERCE/a", format!("segment 2 of resource filter: `a` {unknown}")),
        ("ТHING/a/b", format!("segment 1 of resource filter: `ТHING` {unknown}")),
        ("THING/a", "resource filter ends too early: `THING` takes 2 segments".to_owned()),
        ("THING", "resource filter ends too early: `THING` takes 2 segments".to_owned()),
        ("PLACE/Site/s/THING", "resource filter ends too early: `THING` takes 2 segments".to_owned()),
        ("THING/a#/b", "segment 2 of resource filter holds a wildcard that is not the whole segment; write %23 for # and %2A for *".to_owned()),
        ("THING/a/#a", "segment 3 of resource filter holds a wildcard that is not the whole segment; write %23 for # and %2A for *".to_owned()),
        ("THING/a/##", "segment 3 of resource filter holds a wildcard that is not the whole segment; write %23 for # and %2A for *".to_owned()),
        ("THING/a*/b", "segment 2 of resource filter holds a wildcard that is not the whole segment; write %23 for # and %2A for *".to_owned()),
        ("THING/%41*/b", "segment 2 of resource filter holds a wildcard that is not the whole segment; write %23 for # and %2A for *".to_owned()),
        ("THING/*/b", format!("segment 2 of resource filter: `*` {wildcard}")),
        ("THING/a/**", format!("segment 3 of resource filter: `**` {wildcard}")),
        ("**", format!("segment 1 of resource filter: `**` {wildcard}")),
        ("*/THING", format!("segment 1 of resource filter: `*` {wildcard}")),
        ("#", format!("segment 1 of resource filter: `#` {wildcard}")),
        ("#/#", format!("segment 1 of resource filter: `#` {wildcard}")),
        ("* ", format!("segment 1 of resource filter: `* ` {wildcard}")),
        ("PLACE/Site/s/#/a/b", format!("segment 4 of resource filter: `#` {wildcard}")),
        ("PLACE/Site/s/*", format!("segment 4 of resource filter: `*` {wildcard}")),
        ("THING/./b", "segment 2 of resource filter is a dot segment".to_owned()),
        ("THING/a/..", "segment 3 of resource filter is a dot segment".to_owned()),
        ("THING/%2E%2E/b", "segment 2 of resource filter is a dot segment".to_owned()),
        ("THING/.%2e/b", "segment 2 of resource filter is a dot segment".to_owned()),
        ("THING/%2e/b", "segment 2 of resource filter is a dot segment".to_owned()),
        ("THING/%/b", "segment 2 of resource filter holds a bad percent escape".to_owned()),
        ("THING/a/b%4", "segment 3 of resource filter holds a bad percent escape".to_owned()),
        ("THING/a/%zz", "segment 3 of resource filter holds a bad percent escape".to_owned()),
        ("THING/a/%+4", "segment 3 of resource filter holds a bad percent escape".to_owned()),
        ("THING/a/%é", "segment 3 of resource filter holds a bad percent escape".to_owned()),
        ("THING/a/%FF", "segment 3 of resource filter holds a bad percent escape".to_owned()),
        ("THING/a/%C0%AF", "segment 3 of resource filter holds a bad percent escape".to_owned()),
        ("THING/a/%ED%A0%80", "segment 3 of resource filter holds a bad percent escape".to_owned()),
        ("THING/a/b c", "segment 3 of resource filter holds a character that must be percent-encoded".to_owned()),
        ("THING/a/b\t", "segment 3 of resource filter holds a character that must be percent-encoded".to_owned()),
        ("THING/a/é", "segment 3 of resource filter holds a character that must be percent-encoded".to_owned()),
        ("THING/a/b?", "segment 3 of resource filter holds a character that must be percent-encoded".to_owned()),
        ("THING/a\\b/c", "segment 2 of resource filter holds a character that must be percent-encoded".to_owned()),
        ("THING/a/%00", "segment 3 of resource filter holds a character that must be percent-encoded".to_owned()),
        ("THING/a/%0D%0A", "segment 3 of resource filter holds a character that must be percent-encoded".to_owned()),
        ("THING/a/%C2%85", "segment 3 of resource filter holds a character that must be percent-encoded".to_owned()),
        ("PLACE/Depot/a", "segment 2 of resource filter: `Depot` is not one of Site, Fleet".to_owned()),
        ("PLACE/site/a", "segment 2 of resource filter: `site` is not one of Site, Fleet".to_owned()),
        ("INTEGRATION/IN/a/b", "segment 2 of resource filter: `IN` is not one of INGRESS, EGRESS".to_owned()),
        ("THING/a/b/PLACE/Site/s", "segment 4 of resource filter: `PLACE` may not stand behind the type before it".to_owned()),
        ("PLACE/Site/s/ENDPOINT/e", "segment 4 of resource filter: `ENDPOINT` may not stand behind the type before it".to_owned()),
        ("COMMERCE/TENANT", "segment 2 of resource filter: `TENANT` may not stand behind the type before it".to_owned()),
        ("DATA/PROJECT/p", "segment 2 of resource filter: `PROJECT` may not stand behind the type before it".to_owned()),
    ] {
        assert_eq!(refusal(text), expected, "{text}");
    }
}

#[test]
fn a_message_repeats_input_on_one_line_and_not_too_long() {
    let message = refusal(&format!("A\n{}", "B".repeat(900)));
    assert!(message.len() < 200 && message.contains("`A\\nBBB") && message.contains("…`"), "{message}");
}

#[test]
fn a_filter_is_kept_in_its_one_canonical_form() {
    for (text, canonical) in [
        ("", "*"),
        ("*", "*"),
        ("THING/%41/b", "THING/A/b"),
        ("THING/a%2fb/%2a", "THING/a%2Fb/%2A"),
        ("THING/%23/%25", "THING/%23/%25"),
        ("THING/%c3%a9/%7e", "THING/%C3%A9/~"),
        ("THING/%252e%252e/%252F", "THING/%252e%252e/%252F"),
        ("THING/.../a..b", "THING/.../a..b"),
        ("THING/-._~:@/%3a", "THING/-._~:@/:"),
        ("PLACE/%53ite/%23", "PLACE/Site/%23"),
        ("PLACE/#/#/THING/#/#", "PLACE/#/#/THING/#/#"),
    ] {
        assert_eq!(filter(text).unwrap().text(), canonical);
        assert_eq!(filter(text), filter(canonical), "{text}");
    }
}

#[test]
fn an_escaped_wildcard_is_the_character_and_nothing_else() {
    let catalog = Catalog::builtin();
    let types = catalog.types();
    for (written, resource, expected) in [
        ("THING/%23/b", "THING/%23/b", true),
        ("THING/%23/b", "THING/a/b", false),
        ("THING/%23/b", "THING/#/b", false),
        ("THING/#/b", "THING/%23/b", true),
        ("THING/#/b", "THING/#/b", true),
        ("THING/%2A/b", "THING/%2a/b", true),
        ("THING/%2A/b", "THING/a/b", false),
        ("PLACE/Site/%23", "PLACE/Site/s1", false),
    ] {
        assert_eq!(allows(("read", written), "read", resource, types), expected, "{written} {resource}");
    }
    let literal = Address::parse(Asked::Segments(&[Some("THING"), Some("#"), Some("b")]), types).unwrap();
    assert!(Filter::parse("THING/%23/b", types).unwrap().matches(&literal));
    assert!(!Filter::parse("THING/a/b", types).unwrap().matches(&literal));
}

#[test]
fn types_follow_each_other_only_as_declared() {
    let catalog = Catalog::builtin();
    let sample = |name: &str| {
        let kind = DEFAULT.iter().find(|kind| kind.name == name).unwrap();
        let words = kind.segments.iter().map(|words| *words.first().unwrap_or(&"a"));
        std::iter::once(name).chain(words).collect::<Vec<_>>().join("/")
    };
    for before in DEFAULT {
        for after in DEFAULT {
            let chained = format!("{}/{}", sample(before.name), sample(after.name));
            let declared = after.within.contains(&before.name);
            assert_eq!(filter(&chained).is_ok(), declared, "{chained}");
            assert_eq!(Address::parse(Asked::Text(&chained), catalog.types()).is_ok(), declared, "{chained}");
        }
    }
}

#[test]
fn a_filter_and_an_address_have_at_most_1024_bytes() {
    let catalog = Catalog::builtin();
    for (length, fits) in [(1024, true), (1025, false)] {
        let id = "a".repeat(length - "MONITOR/".len());
        let text = format!("MONITOR/{id}");
        assert_eq!(filter(&text) == Err(FilterError::TooLong), !fits, "{length}");
        let segments = [Some("MONITOR"), Some(&*id)];
        for asked in both_forms(&text, &segments) {
            assert_eq!(Address::parse(asked, catalog.types()).is_ok(), fits, "{length} {asked:?}");
        }
    }
    // However it is named, it is the same address: what must be escaped counts as its escape.
    for (slashes, fits) in [((1024 - "MONITOR/".len()) / 3, true), ((1024 - "MONITOR/".len()) / 3 + 1, false)]
    {
        let segments = [Some("MONITOR"), Some(&*"/".repeat(slashes))];
        let text = format!("MONITOR/{}", "%2F".repeat(slashes));
        for asked in both_forms(&text, &segments) {
            assert_eq!(Address::parse(asked, catalog.types()).is_ok(), fits, "{slashes} {asked:?}");
        }
    }
}

#[test]
fn a_filter_and_an_address_have_at_most_eight_types() {
    let catalog = chaining();
    for (count, fits) in [(8, true), (9, false)] {
        for one in ["C", "B/x/a", "A/#"] {
            let text = vec![one; count].join("/");
            let segments: Vec<Option<&str>> =
                text.split('/').map(|word| (word != "#").then_some(word)).collect();
            assert_eq!(Filter::parse(&text, catalog.types()) == Err(FilterError::TooLong), !fits, "{text}");
            for asked in both_forms(&text, &segments) {
                let refused = Address::parse(asked, catalog.types()).err();
                assert_eq!(refused, (!fits).then_some(AskedError::TooLong), "{text}");
            }
        }
    }
}

#[test]
fn the_longest_chain_of_the_widest_types_fits() {
    let wide = "[[key_class]]\nname = \"a\"\nprefix = \"aa\"\n[[resource_type]]\nname = \"W\"\nwithin = [\"W\"]\n\
                segments = [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\"]\n";
    let catalog = Catalog::parse(wide).unwrap();
    let text = ["W/1/2/3/4/5/6/7"; 8].join("/");
    let address = Address::parse(Asked::Text(&text), catalog.types()).unwrap();
    assert!(Filter::parse(&text, catalog.types()).unwrap().matches(&address));
}

#[test]
fn a_malformed_question_is_no_address_in_either_form() {
    let catalog = Catalog::builtin();
    let message = |asked| Address::parse(asked, catalog.types()).unwrap_err().to_string();
    for (text, expected) in [
        ("", "segment 1 of the resource is empty"),
        (
            "*",
            "segment 1 of the resource holds a wildcard that is not the whole segment; write %23 for # and %2A for *",
        ),
        ("#", "segment 1 of the resource is not a resource type of the catalog"),
        ("thing/a/b", "segment 1 of the resource is not a resource type of the catalog"),
        ("%54HING/a/b", "segment 1 of the resource is not a resource type of the catalog"),
        ("THING/a/b/", "segment 4 of the resource is empty"),
        ("THING/a", "the resource ends before the last type has all its segments"),
        (
            "THING/a/*",
            "segment 3 of the resource holds a wildcard that is not the whole segment; write %23 for # and %2A for *",
        ),
        ("THING/a/..", "segment 3 of the resource is a dot segment"),
        ("THING/a/%2e%2E", "segment 3 of the resource is a dot segment"),
        ("THING/a/%zz", "segment 3 of the resource holds a bad percent escape"),
        ("THING/a/é", "segment 3 of the resource holds a character that must be percent-encoded"),
        ("PLACE/Depot/a", "segment 2 of the resource is not one of the values its type allows"),
        (
            "THING/a/b/THING/a/b",
            "the type at segment 4 of the resource may not stand behind the one before it",
        ),
    ] {
        assert_eq!(message(Asked::Text(text)), expected, "{text}");
    }
    for (segments, expected) in [
        (&[][..], "segment 1 of the resource is empty"),
        (&[None], "segment 1 of the resource is not a resource type of the catalog"),
        (&[Some("")], "segment 1 of the resource is empty"),
        (&[Some("*")], "segment 1 of the resource is not a resource type of the catalog"),
        (&[Some("THING"), Some("a")], "the resource ends before the last type has all its segments"),
        (&[Some("THING"), Some("a"), Some("")], "segment 3 of the resource is empty"),
        (&[Some("THING"), Some("a"), Some("..")], "segment 3 of the resource is a dot segment"),
        (
            &[Some("THING"), Some("a"), Some("\0")],
            "segment 3 of the resource holds a character that must be percent-encoded",
        ),
        (&[Some("THING/a/b")], "segment 1 of the resource is not a resource type of the catalog"),
        (
            &[Some("PLACE"), Some("#"), Some("a")],
            "segment 2 of the resource is not one of the values its type allows",
        ),
    ] {
        assert_eq!(message(Asked::Segments(segments)), expected, "{segments:?}");
    }
}

#[test]
fn a_slash_in_an_array_segment_is_part_of_the_value() {
    let catalog = Catalog::builtin();
    let asked = Asked::Segments(&[Some("MONITOR"), Some("a/b")]);
    let address = Address::parse(asked, catalog.types()).unwrap();
    assert!(filter("MONITOR/a%2Fb").unwrap().matches(&address));
    assert!(filter("MONITOR/#").unwrap().matches(&address));
}

/// Values that are equal to types, wildcards and one another's escapes.
const IDS: &[&str] = &["a", "b", "A", "B", "x", "#", "*", "a/b", "é", "%", "%23", "C"];

/// A chain of the chaining types, told by random bytes.
fn any_chain() -> impl Strategy<Value = Chain> {
    proptest::collection::vec(any::<u8>(), 0..24).prop_map(|bytes| {
        let mut bytes = bytes.into_iter();
        let mut pick = |below: usize| bytes.next().map_or(0, |byte| usize::from(byte) % below);
        chain(&CHAINING[..3], IDS, 4, &mut pick)
    })
}

/// The same text with some of its characters escaped without need.
fn escaped(text: &str, mut which: impl Iterator<Item = bool>) -> String {
    let mut out = String::new();
    for (at, segment) in text.split('/').enumerate() {
        out += if at > 0 { "/" } else { "" };
        let plain = segment == "#"
            || segment.contains('%')
            || at == 0
            || CHAINING.iter().any(|kind| kind.name == segment);
        for character in segment.chars() {
            if !plain && which.next().unwrap_or(false) {
                out += &format!("%{:02x}", u32::from(character));
            } else {
                out.push(character);
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_canonical_filter_reads_back_as_itself(chain in any_chain(), escapes: u64) {
        let catalog = chaining();
        let canonical = text(&chain);
        let read = Filter::parse(&canonical, catalog.types()).unwrap();
        prop_assert_eq!(read.text(), &canonical);
        let written = escaped(&canonical, (0..64).map(|bit| escapes >> bit & 1 == 1));
        prop_assert_eq!(Filter::parse(&written, catalog.types()).unwrap(), read, "{}", written);
    }

    #[test]
    fn a_filter_matches_what_the_model_says(held in any_chain(), asked in any_chain(), open in any::<u32>()) {
        let catalog = chaining();
        // Half of the filters are made from the resource itself, so that matches happen.
        let mut held = if open & 1 == 1 { asked[usize::from(open & 2 == 2 && asked.len() > 1)..].to_vec() } else { held };
        for (bit, value) in held.iter_mut().flat_map(|resource| &mut resource.values).enumerate() {
            if open >> (bit + 2) & 1 == 1 { *value = None; }
        }
        let written = text(&held);
        let read = Filter::parse(&written, catalog.types()).unwrap();
        let expected = model::matches(&written, &asked);
        let (resource, segments) = (text(&asked), words(&asked));
        for form in both_forms(&resource, &segments) {
            let address = Address::parse(form, catalog.types()).unwrap();
            prop_assert_eq!(read.matches(&address), expected, "{} {:?}", written, form);
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "[A-C#*%/a-f0-9. \u{e9}]{0,40}") {
        let catalog = chaining();
        let filter = Filter::parse(&text, catalog.types());
        let address = Address::parse(Asked::Text(&text), catalog.types());
        if let Ok(filter) = &filter {
            prop_assert_eq!(&Filter::parse(filter.text(), catalog.types()).unwrap(), filter);
        }
        if let (Ok(filter), Ok(address)) = (filter, address) {
            prop_assert!(filter.matches(&address), "a filter matches the resource that is written like it");
        }
    }
}
