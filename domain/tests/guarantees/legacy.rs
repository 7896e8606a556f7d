//! Keys that other systems made: any text, found only where some were imported, and only when all of them are in.

use crate::given::{Held, NOW, Question, World, decide, legacy_of, pepper, rng};
use domain::{
    Change, ChangeHash, Effect, Import, ImportId, ImportState, KeySecret, LegacyError, LegacyValue, Level,
    Reason, Snapshot, Verdict, Version, link,
};
use proptest::prelude::*;

fn reason(known: &Snapshot, text: &str) -> Option<Reason> {
    match decide(known, text, Question::nothing()) {
        Verdict::Granted(_) => None,
        Verdict::Denied(reason, _) => Some(reason),
    }
}

fn apply(known: &mut Snapshot, effects: &[Effect]) {
    let (version, body) = (known.version().next(), serde_json::to_string(effects).unwrap());
    let hash = link(known.hash(), version, NOW, ["operator", "import.test", "org", &body]);
    let [actor, action, organization] = ["operator", "import.test", "org"].map(str::to_owned);
    known.apply(&Change { version, at: NOW, actor, action, organization, body, hash }).unwrap();
}

fn import(world: &mut World, state: ImportState) -> Import {
    Import {
        id: ImportId::generate(NOW, &mut world.rng),
        project_id: world.own.id,
        keys: 1,
        state,
        created_at: NOW,
        created_by: domain::ActorId::Operator,
    }
}

/// A legacy key of the own project in a snapshot that knows its import as complete.
fn imported(text: &str, graphql: Level) -> (World, Snapshot, Held) {
    let mut world = World::new();
    let import = import(&mut world, ImportState::Complete);
    let held = legacy_of(&world.own.clone(), text, import.id, graphql, &mut world.rng);
    let mut known = world.knowing([]);
    apply(&mut known, &[Effect::Import(import), Effect::Key(Box::new(held.key.clone()))]);
    (world, known, held)
}

#[test]
fn a_legacy_key_has_its_graphql_level_and_all_of_the_ai_api() {
    for (level, writes) in [(Level::ReadOnly, false), (Level::ReadWrite, true)] {
        let (_, known, held) = imported("ABC123", level);
        let may = |action, resource| {
            matches!(decide(&known, &held.text, Question::of(action, resource)), Verdict::Granted(_))
        };
        assert!(may("read", "GRAPHQL"));
        assert_eq!(may("write", "GRAPHQL"), writes);
        assert!(may("read", "ENDPOINT/own") && may("write", "ENDPOINT/own"));
        for (action, resource) in [
            ("admin", "GRAPHQL"),
            ("admin", "ENDPOINT/own"),
            ("read", "ENDPOINT/sister"),
            ("read", "ENDPOINT/foreign"),
            ("read", "THING/Battery/b1"),
        ] {
            assert!(!may(action, resource), "{action} {resource}");
        }
    }
}

#[test]
fn what_is_not_ours_is_malformed_whether_legacy_keys_were_imported_or_not() {
    let (world, known, _) = imported("ABC123", Level::ReadOnly);
    let stranger = KeySecret::generate("rpa", &mut rng(9));
    for known in [&world.knowing([]), &known] {
        for text in ["", "ABC124", "ABC123 ", "rpa_", "abc123", &"x".repeat(513), "ABC123\0"] {
            assert_eq!(reason(known, text), Some(Reason::Malformed), "{text:?}");
        }
        assert_eq!(reason(known, stranger.expose()), Some(Reason::Unknown));
    }
}

#[test]
fn a_legacy_key_that_looks_like_one_of_ours_verifies() {
    let ours = KeySecret::generate("rpa", &mut rng(7));
    let (_, known, _) = imported(ours.expose(), Level::ReadOnly);
    assert_eq!(reason(&known, ours.expose()), None);
}

#[test]
fn no_key_of_an_import_is_found_before_the_change_that_completes_it() {
    let mut world = World::new();
    let staged = import(&mut world, ImportState::Staged);
    let held: Vec<Held> = (0..3)
        .map(|n| {
            legacy_of(&world.own.clone(), &format!("key {n}"), staged.id, Level::ReadOnly, &mut world.rng)
        })
        .collect();
    let mut known = world.knowing([]);
    apply(&mut known, &[Effect::Import(staged.clone())]);
    for held in &held {
        apply(&mut known, &[Effect::Key(Box::new(held.key.clone()))]);
    }
    let before = known.clone();
    assert_eq!((known.key_count(), known.has_legacy()), (0, false));
    for held in &held {
        assert_eq!(reason(&known, &held.text), Some(Reason::Malformed));
        assert!(known.key_of_id(&held.key.id).is_none() && known.key(&held.key.digest).is_none());
    }
    apply(&mut known, &[Effect::Import(Import { state: ImportState::Complete, ..staged })]);
    assert_eq!(known.key_count(), 3);
    for held in &held {
        assert_eq!(reason(&known, &held.text), None);
        assert_eq!(reason(&before, &held.text), Some(Reason::Malformed), "an older memory stays as it was");
    }
}

#[test]
fn a_staged_key_of_our_form_is_unknown_like_any_other() {
    let mut world = World::new();
    let staged = import(&mut world, ImportState::Staged);
    let ours = KeySecret::generate("rpa", &mut rng(7));
    let held = legacy_of(&world.own.clone(), ours.expose(), staged.id, Level::ReadOnly, &mut world.rng);
    let (mut complete, other) = (import(&mut world, ImportState::Complete), "another");
    complete.keys = 1;
    let second = legacy_of(&world.own.clone(), other, complete.id, Level::ReadOnly, &mut world.rng);
    let mut known = world.knowing([]);
    apply(&mut known, &[Effect::Import(staged), Effect::Key(Box::new(held.key.clone()))]);
    apply(&mut known, &[Effect::Import(complete), Effect::Key(Box::new(second.key))]);
    assert_eq!(reason(&known, other), None);
    assert_eq!(reason(&known, ours.expose()), Some(Reason::Unknown));
}

#[test]
fn a_key_of_ours_whose_class_is_gone_is_malformed_and_not_taken_for_an_imported_one() {
    let (mut world, mut known, imported) = imported("ABC123", Level::ReadOnly);
    let ours = world.key(&[("*", "*")]);
    let other_prefix = domain::Catalog::DEFAULT.replace("prefix = \"rpa\"", "prefix = \"abc\"");
    apply(&mut known, &[Effect::Key(Box::new(ours.key.clone())), Effect::Catalog(other_prefix)]);
    assert_eq!(reason(&known, &ours.text), Some(Reason::Malformed));
    assert_eq!(reason(&known, &imported.text), None);
}

#[test]
fn the_texts_that_can_be_legacy_keys() {
    let long = "k".repeat(LegacyValue::BYTES_MAX);
    for text in ["x", "ABC123", "a b", "né", "🔑", "rpa_junk", "Bearer x", "a,b\"c", &long] {
        assert!(LegacyValue::parse(text).is_ok(), "{text}");
    }
    let too_long = format!("{long}k");
    for (text, error) in [
        ("", LegacyError::Length),
        (&*too_long, LegacyError::Length),
        (" x", LegacyError::Blank),
        ("x\u{a0}", LegacyError::Blank),
        ("x\n", LegacyError::Control),
        ("x\0y", LegacyError::Control),
        ("x\u{7f}", LegacyError::Control),
        ("\u{85}x", LegacyError::Control),
    ] {
        assert_eq!(LegacyValue::parse(text).err(), Some(error), "{text:?}");
    }
}

#[test]
fn little_is_shown_of_a_long_value_and_nothing_of_a_short_one() {
    let hint = |text: &str| LegacyValue::parse(text).unwrap().hint();
    assert_eq!(hint(&"x".repeat(31)), "");
    assert_eq!(hint("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"), "ABCD…2345");
    let value = LegacyValue::parse("very secret value").unwrap();
    assert_eq!(format!("{value:?}"), "LegacyValue");
}

#[test]
fn a_value_under_twenty_characters_is_weak() {
    assert!(LegacyValue::parse(&"é".repeat(19)).unwrap().is_weak());
    assert!(!LegacyValue::parse(&"é".repeat(20)).unwrap().is_weak());
}

#[test]
fn a_value_and_its_sha256_are_the_same_key() {
    let sha256 =
        domain::parse_sha256("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD").unwrap();
    assert_eq!(LegacyValue::parse("abc").unwrap().digest(&pepper()), pepper().digest_of_sha256(&sha256));
    let (_, known, held) = imported("abc", Level::ReadOnly);
    assert_eq!(held.key.digest, pepper().digest_of_sha256(&sha256));
    assert_eq!((known.version(), known.hash() != ChangeHash::START), (Version(2), true));
}

proptest! {
    #[test]
    fn any_text_that_can_be_a_legacy_key_verifies_once_it_is_imported(text in "\\PC{1,60}", other in "\\PC{1,60}") {
        prop_assume!(LegacyValue::parse(&text).is_ok() && text != other);
        let (_, known, _) = imported(&text, Level::ReadOnly);
        prop_assert_eq!(reason(&known, &text), None);
        prop_assert_eq!(reason(&known, &other), Some(Reason::Malformed));
    }
}
