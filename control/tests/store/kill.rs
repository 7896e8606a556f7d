//! `kill -9` under writes, fifty times over: what was acknowledged is there, and nothing is there by half.

use crate::both;
use crate::place::{Place, variable};
use crate::records::{Home, name, note, roles};
use crate::sound::{changes_from, sound};
use control::store::{Database, Lane, Store};
use domain::{Effect, Key, KeyId, KeyState, Version};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

const ROUNDS: u64 = 50;
const TASKS: usize = 8;
/// Where the child finds its database. The child is this same program.
const CHILD: &str = "KEYDESK_TEST_KILL_DATABASE";

both!(killed_fifty_times_every_acknowledged_write_is_there);
async fn killed_fifty_times_every_acknowledged_write_is_there(place: &Place) {
    let store = place.open().await;
    Home::made(&store).await;
    drop(store);
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        // Anything from 5 to 60 answers, a different number each time (a Weyl sequence).
        let answers = 5 + (round * 35) % 56;
        let heard = write_until_killed(place.database(), usize::try_from(answers).unwrap());
        assert!(heard.len() >= usize::try_from(answers).unwrap(), "round {round}");
        acknowledged.extend(heard);
        check(place, round, &acknowledged).await;
    }
}

async fn check(place: &Place, round: u64, acknowledged: &BTreeSet<Acknowledged>) {
    let store = place.open().await;
    // A PostgreSQL server may still be at the dead client's last commit: this waits for it.
    store.write(Lane::Urgent, async move |tx| note(tx, "after the kill").await).await.unwrap();
    sound(place, &store).await;
    let keys: BTreeMap<KeyId, Key> =
        store.load().await.unwrap().1.keys.into_iter().map(|key| (key.id, key)).collect();
    let mut versions: BTreeMap<KeyId, Vec<Version>> = BTreeMap::new();
    for change in changes_from(&store, Version(1)).await {
        for effect in change.effects().unwrap() {
            if let Effect::Key(key) = effect {
                versions.entry(key.id).or_default().push(change.version);
            }
        }
    }
    for Acknowledged { verb, id, version } in acknowledged {
        let key = keys.get(id).unwrap_or_else(|| panic!("round {round}: key {id} was {verb} and is lost"));
        assert!(
            versions.get(id).is_some_and(|made| made.contains(version)),
            "round {round}: {version:?} is lost"
        );
        if verb == "revoked" {
            assert!(matches!(key.state, KeyState::Revoked { .. }), "round {round}: {id} is revoked no more");
        }
    }
}

/// An answer the child had before it died.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Acknowledged {
    verb: String,
    id: KeyId,
    version: Version,
}

impl Acknowledged {
    fn parse(line: &str) -> Option<Acknowledged> {
        // Without its end of line it may be half a line.
        let mut words = line.strip_suffix('\n')?.strip_prefix("acknowledged ")?.split(' ');
        let (verb, id) = (words.next()?.to_owned(), KeyId::parse(words.next()?)?);
        Some(Acknowledged { verb, id, version: Version(words.next()?.parse().ok()?) })
    }
}

/// Starts a writer and kills it when it has had this many answers, or a few more.
fn write_until_killed(database: &Database, answers: usize) -> Vec<Acknowledged> {
    let mut child = start(database);
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut heard = Vec::new();
    let mut line = String::new();
    while lines.read_line(&mut line).unwrap() > 0 {
        heard.extend(Acknowledged::parse(&line));
        line.clear();
        if heard.len() == answers {
            child.kill().unwrap(); // SIGKILL; what is in the pipe was acknowledged all the same
        }
    }
    child.wait().unwrap();
    heard
}

fn start(database: &Database) -> Child {
    let place = match database {
        Database::Sqlite(file) => file.display().to_string(),
        Database::Postgres(url) => url.clone(),
    };
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::writer_to_be_killed", "--nocapture"])
        .env(CHILD, place)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Not a test of its own: the child of the test above. By itself it does nothing.
#[test]
fn writer_to_be_killed() {
    let Some(place) = variable(CHILD) else { return };
    let postgres = place.starts_with("postgres://");
    let database = if postgres { Database::Postgres(place) } else { Database::Sqlite(place.into()) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Arc::new(Store::open(&database, "history").await.unwrap());
        let organization = store.organizations().await.unwrap().remove(0).organization;
        let project = store.projects_of(&organization.id).await.unwrap().remove(0).project;
        let home = Home { organization, project };
        let tasks: Vec<_> =
            (0..TASKS).map(|_| tokio::spawn(write(Arc::clone(&store), home.clone()))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

/// Makes keys, renames them and revokes each second one, until it is killed or nobody listens.
async fn write(store: Arc<Store>, home: Home) {
    for number in 0.. {
        let mut key = Key { grant: roles(&["A", "B"]), ..home.key() };
        let version = home.create(&store, &key).await.unwrap();
        let mut listened = acknowledge("created", &key, version);
        key.name = name("renamed");
        key.grant = roles(&["B", "C"]);
        let version = home.update(&store, &key).await.unwrap();
        listened &= acknowledge("updated", &key, version);
        if number % 2 == 0 {
            key.state = key.state.revoked(key.created_at, key.created_by);
            let version = home.update(&store, &key).await.unwrap();
            listened &= acknowledge("revoked", &key, version);
        }
        if !listened {
            return;
        }
    }
}

fn acknowledge(verb: &str, key: &Key, version: Version) -> bool {
    // One write for the whole line, so that the kill cannot fall into it.
    let line = format!("acknowledged {verb} {} {}\n", key.id, version.0);
    std::io::stdout().lock().write_all(line.as_bytes()).is_ok()
}
