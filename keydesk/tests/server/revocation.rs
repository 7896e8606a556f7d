//! The promise: no verification that starts after the answer to a revocation allows the key.

use crate::harness::{Key, Site, Stage, Tenant};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const VERIFIERS: usize = 8;
/// Keys for each way to end one.
const KEYS: usize = 8;

/// A key that the verifiers ask about, and whether its end was acknowledged.
struct Victim {
    key: Key,
    ended: AtomicBool,
}

/// How a key ends.
type End = fn(&Tenant, &Key);

fn changed(owner: &Tenant, key: &Key, change: &Value) {
    let answer = owner.patch(&key.path(), change);
    assert_eq!(answer.status, 200, "{answer:?}");
}

fn ends() -> Vec<(&'static str, End)> {
    vec![
        ("revoked", |owner, key| assert_eq!(owner.delete(&key.path()).status, 202)),
        ("disabled", |owner, key| changed(owner, key, &json!({"enabled": false}))),
        ("narrowed", |owner, key| {
            changed(owner, key, &json!({"scopes": [{"action": "read", "resource_filter": "COMMERCE"}]}));
        }),
        ("fenced", |owner, key| changed(owner, key, &json!({"allowed_ip_cidrs": ["192.0.2.1"]}))),
        // Acknowledged is the moment: from the first refusal on there is no way back.
        ("expired", Tenant::run_out),
    ]
}

fn question(key: &Key) -> Value {
    json!({"key": key.value, "action": "read", "resource": "GRAPHQL", "client_ip": "203.0.113.9"})
}

/// Asks about the victims round and round; the ways in which a dead one was allowed.
fn ask(owner: &Tenant, victims: &[Victim], stop: &AtomicBool, asked: &AtomicUsize) -> Vec<String> {
    let mut wrong = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        for victim in victims {
            let was_ended = victim.ended.load(Ordering::SeqCst);
            let code = owner.verdict(&question(&victim.key));
            if was_ended && code == "allowed" {
                wrong.push(format!("{} was allowed", victim.key.id));
            }
            asked.fetch_add(1, Ordering::SeqCst);
        }
    }
    wrong
}

both!(a_key_is_refused_from_the_answer_on);
fn a_key_is_refused_from_the_answer_on(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    for (name, end) in ends() {
        let make = || owner.key_with(json!({"scopes": [{"action": "read", "resource_filter": "GRAPHQL"}]}));
        let victims: Vec<Victim> =
            (0..KEYS).map(|_| Victim { key: make(), ended: AtomicBool::new(false) }).collect();
        let (stop, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
        let wrong: Vec<String> = std::thread::scope(|scope| {
            let verifiers: Vec<_> =
                (0..VERIFIERS).map(|_| scope.spawn(|| ask(owner, &victims, &stop, &asked))).collect();
            for victim in &victims {
                assert_eq!(owner.verdict(&question(&victim.key)), "allowed");
                end(owner, &victim.key);
                victim.ended.store(true, Ordering::SeqCst);
                assert_ne!(owner.verdict(&question(&victim.key)), "allowed", "{name}");
            }
            // Everybody has asked about everything once more.
            let enough = asked.load(Ordering::SeqCst) + 2 * VERIFIERS * KEYS;
            while asked.load(Ordering::SeqCst) < enough {
                std::thread::yield_now();
            }
            stop.store(true, Ordering::SeqCst);
            verifiers.into_iter().flat_map(|verifier| verifier.join().unwrap()).collect()
        });
        assert_eq!(wrong, Vec::<String>::new(), "{name}");
    }
}
