//! A full disk (bad-input E): no half-made key, decisions go on, and a key can still be revoked.

use crate::harness::{Site, Stage, Tally, variable};
use serde_json::json;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// What is free on an empty small disk, at least.
const ROOM: usize = 7 << 20;

/// The small disk, once no other test of any process uses it.
fn small_disk() -> Option<(PathBuf, File)> {
    let disk = PathBuf::from(variable("KEYDESK_TEST_SMALL_DISK")?);
    let lock = File::create(disk.join("lock")).unwrap();
    lock.lock().unwrap();
    let probe = disk.join("probe");
    // Whoever was just here may still be closing files that were deleted under it.
    while std::fs::write(&probe, vec![1; ROOM]).is_err() {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::fs::remove_file(probe).unwrap();
    Some((disk, lock))
}

/// Takes all room there is.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    for block in [vec![1; 4096], vec![1; 1]] {
        while file.write_all(&block).is_ok() {}
    }
}

#[test]
fn on_a_full_disk_creates_are_refused_while_keys_are_verified_and_revoked() {
    let Some((disk, _lock)) = small_disk() else {
        eprintln!("skipped: KEYDESK_TEST_SMALL_DISK names no small disk");
        return;
    };
    let site = Site::in_folder(TempDir::new_in(&disk).unwrap(), None).with("KEYDESK_LEASE_SECONDS", "1");
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let (kept, dead) = (owner.key(), owner.key());
    let filler = stage.site.data().join("filler");
    fill(&filler);
    // The log of the database may have some room left in itself.
    let refused = loop {
        let answer = owner.post(&owner.keys(), json!({"name": "n".repeat(80)}).to_string());
        if answer.status != 200 {
            break answer;
        }
    };
    let mut tally = Tally::default();
    tally.admin("E-01", &refused, 503, "UNAVAILABLE");
    tally.that(refused.header("retry-after").is_some(), "E-01 Retry-After", &refused);
    tally.that(!refused.text().contains("rpa_"), "E-01 shows no secret", &refused);
    let before = owner.census();
    for _ in 0..5 {
        tally.admin("E-01 again", &owner.post(&owner.keys(), r#"{"name":"k"}"#), 503, "UNAVAILABLE");
        tally.admin("E-01 change", &owner.patch(&kept.path(), &json!({"name": "n"})), 503, "UNAVAILABLE");
    }
    tally.equal("E-01 without effect", &owner.census(), &before);

    // Several leases long: each renewal is a write, too.
    for _ in 0..40 {
        std::thread::sleep(Duration::from_millis(100));
        tally.equal("verified", &owner.verify(&kept).as_str(), &"allowed");
    }
    tally.status("E-02 revoke", &owner.delete(&dead.path()), 202);
    tally.equal("E-02 is revoked", &owner.verify(&dead).as_str(), &"revoked");
    tally.equal("E-02 the other one", &owner.verify(&kept).as_str(), &"allowed");

    std::fs::remove_file(filler).unwrap();
    tally.status("E-04", &owner.post(&owner.keys(), r#"{"name":"k"}"#), 200);
    tally.equal("E-04 one more", &owner.census().keys.len(), &(before.keys.len() + 1));
    tally.end();
    let Stage { server, .. } = stage;
    assert!(server.stop().success());
}
