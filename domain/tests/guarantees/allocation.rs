//! The allowed path does not touch the heap: a decision takes microseconds however busy the allocator is.

use crate::given::{NOW, World, pepper};
use domain::{
    Access, Action, Address, Ask, Asked, Grant, Networks, Presented, Preset, Verdict, Wanted, verify,
};
use std::collections::BTreeMap;

#[test]
fn an_allowed_call_allocates_nothing() {
    let mut world = World::new();
    let all = Access { preset: Preset::All, levels: BTreeMap::new(), endpoints: BTreeMap::new() };
    let mut held = [
        world.key_with(Grant::default_roles()),
        world.key_with(Grant::Access(all)),
        world.key(&[("admin", "COMMERCE"), ("read", "THING/Charger/#"), ("read", "PLACE/#/#/THING/#/#")]),
    ];
    for held in &mut held {
        held.key.networks = Networks::parse(["10.0.0.0/8", "2001:db8::/32"]).unwrap();
        held.key.expires_at = Some(NOW.plus_seconds(1));
    }
    let [editor, everything, scoped] = &held;
    let known = world.knowing(&held);
    let pepper = pepper();
    let own = world.own.id.to_string();
    let data = format!("PROJECT/{own}/DATA");

    for (held, asked, organization) in [
        (editor, None, None),
        (editor, Some(Asked::Text(&data)), None),
        (editor, Some(Asked::Segments(&[Some("PROJECT"), Some(&own), Some("DATA")])), None),
        (scoped, Some(Asked::Text("PLACE/Site/s1/THING/Battery/b1")), None),
        (
            scoped,
            Some(Asked::Segments(&[Some("PLACE"), Some("Site"), None, Some("THING"), None, None])),
            None,
        ),
        (everything, Some(Asked::Text("ENDPOINT/own")), None),
        (everything, Some(Asked::Text("ENDPOINT/#")), Some(world.organization())),
        (everything, Some(Asked::Segments(&[Some("ENDPOINT"), Some("own")])), Some(world.organization())),
        (everything, Some(Asked::Text("DATA")), Some(world.organization())),
    ] {
        let allocations = allocation_counter::measure(|| {
            let presented = Presented::parse(&held.text, known.catalog(), &pepper).unwrap();
            let types = known.catalog().types();
            let wanted = asked
                .map(|asked| Wanted { action: Action::Read, address: Address::parse(asked, types).unwrap() });
            let ask = Ask { wanted, client: Some([10, 1, 2, 3].into()), organization };
            assert!(matches!(verify(&known, &presented, &ask, NOW), Verdict::Granted(_)), "{asked:?}");
        });
        assert_eq!(allocations.count_total, 0, "{asked:?}");
    }
}
