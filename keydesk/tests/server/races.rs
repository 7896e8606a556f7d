//! Equal and opposite requests at the same time.

use crate::harness::{Site, Stage};
use serde_json::json;

/// The statuses of so many equal requests at once.
fn at_once(count: usize, ask: impl Fn() -> u16 + Sync) -> Vec<u16> {
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..count).map(|_| scope.spawn(&ask)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

both!(what_is_asked_many_times_at_once_happens_once);
fn what_is_asked_many_times_at_once_happens_once(site: Site) {
    let stage = Stage::on(site);
    let owner = stage.site.organization(&stage.server, &["--name", "late", "--no-bootstrap"]);
    let before = owner.census().changes.len();
    let bootstrap = format!("/admin/organizations/{}/bootstrap", owner.organization);
    let statuses = at_once(16, || owner.post(&bootstrap, "").status);
    assert_eq!(statuses, vec![200; 16]);
    assert_eq!(owner.census().changes.len(), before + 1);
    let key = owner.key();
    let statuses = at_once(16, || owner.delete(&key.path()).status);
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [202, 404].contains(status)), "{statuses:?}");
    assert_eq!(owner.census().changes.len(), before + 3);
    let project = format!("/admin/projects/{}", owner.project);
    let statuses = at_once(16, || owner.delete(&project).status);
    assert_eq!(statuses.iter().filter(|status| **status == 202).count(), 1, "{statuses:?}");
    assert_eq!(owner.census().changes.len(), before + 4);
}

both!(a_project_that_goes_takes_every_key_with_it_however_late_it_came);
fn a_project_that_goes_takes_every_key_with_it_however_late_it_came(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let create = || owner.post(&owner.keys(), r#"{"name":"k"}"#);
    let made: Vec<String> = std::thread::scope(|scope| {
        let creators: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let answers = std::iter::from_fn(|| Some(create()).filter(|answer| answer.status == 200));
                    answers
                        .map(|answer| answer.json()["value"].as_str().unwrap().to_owned())
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        assert_eq!(owner.delete(&format!("/admin/projects/{}", owner.project)).status, 202);
        creators.into_iter().flat_map(|creator| creator.join().unwrap()).collect()
    });
    for value in made {
        assert_eq!(owner.verdict(&json!({"key": value})), "disabled");
    }
    assert_eq!(create().status, 404);
}
