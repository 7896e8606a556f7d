//! Random traffic, verified call by call and kept the way the record keeps it.

use crate::given::{Held, NOW, Question, World, decide, key_of, rng};
use domain::{
    Action, Address, Asked, ClientNetwork, Grant, KeyState, Networks, OTHER, Reason, Recorded, Snapshot,
    Timestamp, Verdict,
};
use proptest::test_runner::TestRng;
use rand_core::Rng;
use std::collections::HashMap;
use std::net::IpAddr;

const ACTIONS: [&str; 3] = ["read", "write", "admin"];
const GRANTED: [&str; 4] = ["read", "write", "admin", "*"];
const FILTERS: [&str; 11] = [
    "*",
    "THING/#/#",
    "THING/a/#",
    "THING/a/b",
    "PLACE/Site/s1/THING/#/#",
    "PLACE/Site/#/THING/a/#",
    "ENDPOINT/#",
    "ENDPOINT/own",
    "GRAPHQL",
    "COMMERCE",
    "ORGANIZATION/#",
];
const NETWORKS: [&str; 7] = [
    "203.0.113.0/24",
    "203.0.113.128/25",
    "198.51.100.7",
    "0.0.0.0/0",
    "2001:db8::/32",
    "2001:db8:0:1::/64",
    "*",
];
const CLIENTS: [&str; 6] =
    ["203.0.113.9", "203.0.113.200", "198.51.100.7", "198.51.100.8", "2001:db8::1", "2001:db8:0:1::1"];

/// One call, as a door asked it.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) wanted: Option<(&'static str, String)>,
    client: Option<IpAddr>,
    organization_named: bool,
    at: Timestamp,
}

/// A key, what was asked with it and allowed, and what the record keeps of that: a row, and whose calls are in it.
pub(crate) struct Traffic {
    pub(crate) held: Held,
    pub(crate) rows: Vec<(Recorded, Vec<Call>)>,
}

pub(crate) struct Dice(pub(crate) TestRng);

impl Dice {
    pub(crate) fn below(&mut self, end: u32) -> usize {
        (self.0.next_u32() % end) as usize
    }

    pub(crate) fn one_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u32)]
    }

    pub(crate) fn grant(&mut self) -> Grant {
        let count = 1 + self.below(4);
        let scope = |dice: &mut Dice| (dice.pick(&GRANTED).to_owned(), dice.pick(&FILTERS).to_owned());
        Grant::Scopes((0..count).map(|_| scope(self)).collect())
    }

    pub(crate) fn networks(&mut self) -> Networks {
        let count = self.below(3);
        let texts: Vec<&str> = (0..count).map(|_| self.pick(&NETWORKS)).collect();
        Networks::parse(texts).unwrap()
    }

    fn resource(&mut self) -> String {
        let id = |dice: &mut Dice| dice.pick(&["a", "b", "c", "#", "d", "e", "f", "g", "h", "i", "%C3%A9"]);
        match self.below(8) {
            0 => "GRAPHQL".into(),
            1 => "COMMERCE".into(),
            2 => format!("ENDPOINT/{}", self.pick(&["own", "own", "sister", "foreign", "#"])),
            3 => format!("PLACE/Site/{}/THING/{}/{}", self.pick(&["s1", "s2"]), id(self), id(self)),
            4 => "ORGANIZATION/#".into(),
            _ => format!("THING/{}/{}", self.pick(&["a", "a", "b"]), id(self)),
        }
    }

    fn call(&mut self) -> Call {
        let wanted = (!self.one_in(10)).then(|| (self.pick(&ACTIONS), self.resource()));
        let client = (!self.one_in(8)).then(|| self.pick(&CLIENTS).parse().unwrap());
        let at = NOW.plus_seconds(-(self.below(30 * 86_400) as i64));
        Call { wanted, client, organization_named: self.one_in(2), at }
    }

    /// Keys with this much traffic each, and all of it decided by a snapshot that knows all of them.
    pub(crate) fn traffic(&mut self, world: &World, keys: usize, calls: usize) -> Vec<Traffic> {
        let mut held = Vec::new();
        for _ in 0..keys {
            let mut one = key_of(&world.own, self.grant(), &mut self.0);
            one.key.networks = self.networks();
            held.push(one);
        }
        let known = world.knowing(&held);
        let recorded = |held: Held| {
            let made: Vec<Call> = (0..calls).map(|_| self.call()).collect();
            let allowed = made.into_iter().filter(|call| refusal(&known, world, &held, call).is_none());
            let rows = self.rows(allowed.collect(), &known);
            Traffic { held, rows }
        };
        held.into_iter().map(recorded).collect()
    }

    /// What is kept: alike calls in one row, and some that were not kept apart.
    fn rows(&mut self, calls: Vec<Call>, known: &Snapshot) -> Vec<(Recorded, Vec<Call>)> {
        let mut rows: HashMap<_, (Recorded, Vec<Call>)> = HashMap::new();
        for call in calls {
            let action = call.wanted.as_ref().map(|(action, _)| Action::parse(action).unwrap());
            let types = known.catalog().types();
            let resource = call.wanted.as_ref().map(|(_, text)| {
                Address::parse(Asked::Text(text), types).unwrap().with_text(types, str::to_owned)
            });
            let folded = resource.as_ref().map(|_| OTHER.to_owned()).filter(|_| self.one_in(25));
            let resource = folded.or(resource).unwrap_or_default();
            let network = if self.one_in(25) { ClientNetwork::Other } else { ClientNetwork::of(call.client) };
            let key = (action, resource.clone(), call.organization_named, network);
            let row = rows.entry(key).or_insert_with(|| {
                let (calls, first_at, last_at) = (0, call.at, call.at);
                let organization_named = call.organization_named;
                (
                    Recorded { action, resource, organization_named, network, calls, first_at, last_at },
                    Vec::new(),
                )
            });
            row.0.calls += 1;
            row.0.first_at = row.0.first_at.min(call.at);
            row.0.last_at = row.0.last_at.max(call.at);
            row.1.push(call);
        }
        rows.into_values().collect()
    }

    /// Some change that a key can be given.
    pub(crate) fn change(&mut self, held: &Held) -> Held {
        let mut key = held.key.clone();
        match self.below(12) {
            0 => key.state = KeyState::Disabled { since: NOW },
            1 => key.expires_at = Some(NOW),
            2 => key.expires_at = Some(NOW.plus_seconds(60)),
            3..6 => key.networks = self.networks(),
            _ => key.grant = self.grant(),
        }
        Held { text: held.text.clone(), key }
    }
}

/// The verdict on one call, the whole way that a door goes.
pub(crate) fn refusal(known: &Snapshot, world: &World, held: &Held, call: &Call) -> Option<Reason> {
    let wanted = call.wanted.as_ref().map(|(action, resource)| (*action, Asked::Text(resource.as_str())));
    let organization = call.organization_named.then_some(world.organization());
    match decide(known, &held.text, Question { wanted, client: call.client, organization, now: NOW }) {
        Verdict::Granted(_) => None,
        Verdict::Denied(reason, _) => Some(reason),
    }
}

pub(crate) fn dice(seed: u8) -> Dice {
    Dice(rng(seed))
}
