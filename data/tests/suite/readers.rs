//! Readers beside a writer: no half state, nothing revoked comes back, and a write answered is in force.

use crate::world::{Issued, Log, Node};
use api::verify::VerifyCode::Allowed;
use domain::Version;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::SeqCst};
use std::time::Duration;

const KEYS: usize = 1000;

/// A key and the version that revoked it, 0 until then.
struct Watched {
    issued: Issued,
    revoked_at: AtomicI64,
}

/// Decides on all keys over and over until told to stop; answers how many decisions it saw.
fn read(node: &Node, keys: &[Watched], stop: &AtomicBool) -> usize {
    let (mut seen, mut newest, mut refused) = (0, Version::START, vec![false; keys.len()]);
    while !stop.load(SeqCst) {
        for (key, refused) in keys.iter().zip(&mut refused) {
            let (code, version) = node.verify(&key.issued.secret).unwrap();
            let revoked_at = key.revoked_at.load(SeqCst);
            let dead = revoked_at != 0 && version.0 >= revoked_at;
            assert_eq!(code == Allowed, !dead, "revoked at {revoked_at}, decided at {version:?}: {code:?}");
            assert!(!(*refused && code == Allowed), "refused before, now allowed");
            assert!(version >= newest, "went back from {newest:?} to {version:?}");
            (newest, *refused, seen) = (version, code != Allowed, seen + 1);
        }
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_reader_ever_sees_a_revoked_key_allowed_at_or_after_its_version() {
    let log = Log::new();
    let watched = |_| Watched { issued: log.issue(|_| ()), revoked_at: AtomicI64::new(0) };
    let keys: Vec<Watched> = (0..KEYS).map(watched).collect();
    let node = Node::start(&log).await;
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..3).map(|_| scope.spawn(|| read(&node, &keys, &stop))).collect();
        let revoke = async {
            for (turn, key) in keys.iter().enumerate() {
                let version = log.revoke_and(&key.issued, |version| key.revoked_at.store(version.0, SeqCst));
                node.nudge.wake();
                // Every tenth is waited for; the others pile up, so that batches of many sizes are applied.
                if turn % 10 == 0 {
                    node.live.wait_applied(version).await;
                    assert_ne!(node.verify(&key.issued.secret).unwrap().0, Allowed, "the write was answered");
                }
            }
            node.live.wait_applied(log.version()).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(revoke));
        stop.store(true, SeqCst);
        for reader in readers {
            assert!(reader.join().unwrap() >= KEYS);
        }
    });
    assert_eq!(node.live.version(), Some(log.version()));
}
