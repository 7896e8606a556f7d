//! Power cuts under load: what was acknowledged is there.

use crate::harness::{Key, Site, Stage, Tenant};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

const WRITERS: usize = 8;
const ROUNDS: usize = 5;
/// Writes in a round before the cut.
const WRITES: usize = 60;

/// What one writer had acknowledged: keys made, and those of them that were revoked.
#[derive(Default)]
struct Written {
    made: Vec<Key>,
    revoked: Vec<Key>,
}

/// Makes keys and revokes every third, until the server is gone.
fn write(owner: &Tenant, done: &AtomicUsize) -> Written {
    let mut written = Written::default();
    loop {
        let create = owner.call("POST", &owner.keys()).json(&json!({"name": "k"}));
        let Some(answer) = create.try_send(owner.public) else { return written };
        assert_eq!(answer.status, 200, "{answer:?}");
        let made = answer.json();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let key = Key { id: text(&made["key"]["id"]), value: text(&made["value"]) };
        done.fetch_add(1, Ordering::Relaxed);
        written.made.push(key.clone());
        if written.made.len() % 3 == 0 {
            match owner.call("DELETE", &key.path()).try_send(owner.public) {
                Some(answer) => assert_eq!(answer.status, 202, "{answer:?}"),
                // Nobody knows what became of it.
                None => {
                    written.made.pop();
                    return written;
                }
            }
            written.made.pop();
            written.revoked.push(key);
        }
    }
}

both!(nothing_acknowledged_is_lost_when_the_server_is_killed_under_load);
fn nothing_acknowledged_is_lost_when_the_server_is_killed_under_load(mut site: Site) {
    let (mut made, mut revoked): (Vec<Key>, Vec<Key>) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let stage = Stage::on(site);
        let (owner, done) = (&stage.owner, AtomicUsize::new(0));
        for key in &made {
            assert_eq!(owner.verify(key), "allowed", "round {round}: an acknowledged key is lost");
        }
        for key in &revoked {
            assert_eq!(owner.verify(key), "revoked", "round {round}: a revocation is lost");
        }
        let Stage { server, .. } = stage;
        let written: Vec<Written> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(|| write(&stage.owner, &done))).collect();
            while done.load(Ordering::Relaxed) < WRITES + 7 * round {
                std::thread::yield_now();
            }
            server.kill();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        for one in written {
            made.extend(one.made);
            revoked.extend(one.revoked);
        }
        site = stage.site;
    }
    assert!(!made.is_empty() && !revoked.is_empty());
    let sound = site.run(&["audit", "verify"]);
    assert!(sound.status.success(), "{sound:?}");
}
