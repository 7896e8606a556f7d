//! Which keys are worth a look for not being used: only where a use would be known.

use crate::given::{NOW, World, key_of, rng};
use domain::{Finding, Grant, ImportId, Key, KeyId, LastUse, Timestamp, review};

const DAY: i64 = 86_400;

fn days_ago(days: i64) -> Timestamp {
    NOW.plus_seconds(-days * DAY)
}

/// A key that was made here so many days ago.
fn made(days: i64) -> Key {
    let (world, mut rng) = (World::new(), rng(3));
    let id = KeyId::generate(days_ago(days), &mut rng);
    assert_eq!(id.made_at().micros(), days_ago(days).micros() / 1000 * 1000);
    let grant = Grant::Scopes(vec![("read".into(), "COMMERCE".into())]);
    Key { id, created_at: days_ago(days), ..key_of(&world.own, grant, &mut rng).key }
}

fn imported(days: i64) -> Key {
    let import = Some(ImportId::generate(days_ago(days), &mut rng(4)));
    Key { import, created_at: days_ago(2_000), ..made(days) }
}

#[test]
fn a_key_is_unused_only_where_a_use_would_be_known() {
    let always = Some(Timestamp::from_micros(0));
    let since = |days| Some(days_ago(days));
    let cases = [
        ("new", made(0), always, None, Some(Finding::NeverUsed)),
        ("old", made(500), always, None, Some(Finding::NeverUsed)),
        ("used today", made(500), always, Some(0), None),
        ("used 89 days ago", made(500), always, Some(89), None),
        ("used 90 days ago", made(500), always, Some(90), Some(Finding::Unused)),
        ("older than the record", made(500), since(89), None, None),
        ("older than the record, long ago", made(500), since(90), None, Some(Finding::Unused)),
        ("no record", made(500), None, None, None),
        ("just imported", imported(0), always, None, None),
        ("imported 89 days ago", imported(89), since(90), None, None),
        ("imported 90 days ago", imported(90), always, None, Some(Finding::Unused)),
        ("imported and used", imported(500), always, Some(1), None),
    ];
    for (case, key, recorded_since, used, expected) in cases {
        let last_use = used.map(|days| LastUse { at: days_ago(days), ip: None });
        let found = review(&key, &[], last_use.as_ref(), recorded_since, NOW);
        let uses = |finding: &Finding| matches!(finding, Finding::NeverUsed | Finding::Unused);
        assert_eq!(found.into_iter().find(uses), expected, "{case}");
    }
}
