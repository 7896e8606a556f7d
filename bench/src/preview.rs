//! What a preview of a busy key costs: everything that is read of it and decided once more, in processor time.

use crate::measure::{SplitMix, median, process_cpu_time};
use crate::verify::{NOW, project};
use control::ops::preview::ROWS_MAX;
use control::store::{Database, Store, UsageOf, UsageSpan};
use domain::{
    Action, ActorId, Called, Catalog, ClientNetwork, Grant, Holder, Key, KeyId, KeySecret, KeyState, Name,
    Networks, Pepper, Project, Proposed, UsageBatch, preview,
};
use std::sync::Arc;

/// Seconds of processor time for one answer.
const GOAL: f64 = 0.1;
const HOURS: i64 = 30 * 24;
/// Kinds of calls in one hour: together with all hours as many rows as one answer may look at.
const KINDS_AN_HOUR: usize = (ROWS_MAX / HOURS) as usize;
const ROWS: usize = HOURS as usize * KINDS_AN_HOUR;
/// Kinds of calls in all: those of a key that does the same every day, and of one that never does the same twice.
const KINDS: [usize; 2] = [1_000, ROWS];
const ROUNDS: usize = 15;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures and prints; true when the goal is met.
pub(crate) fn run() -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let measured = runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(measure()));
    measured.unwrap_or_else(|error| {
        eprintln!("not measured: {error}");
        false
    })
}

async fn measure() -> Result<bool, Failure> {
    let folder = tempfile::tempdir_in(".")?;
    let store = Store::open(&Database::Sqlite(folder.path().join("bench.db")), "bench").await?;
    let mut rng = SplitMix(1);
    let (home, catalog) = (project(&mut rng), Catalog::builtin());
    let mut met = true;
    for kinds in KINDS {
        let key = key(&home, &mut rng)?;
        fill(&store, &key, &home, kinds).await?;
        let mut seconds = Vec::new();
        let mut refused = 0;
        for _ in 0..ROUNDS {
            let begun = process_cpu_time();
            refused = foretell(&store, &key, &home, &catalog).await?;
            seconds.push((process_cpu_time() - begun).as_secs_f64());
        }
        let cost = median(seconds);
        let what = format!("one preview: {ROWS} rows of {kinds} kinds, {refused} calls refused");
        println!("{what:<68}{:>8.1} ms   (goal: at most {:.0})", cost * 1e3, GOAL * 1e3);
        met &= cost <= GOAL && refused > 0;
    }
    println!("goals {}", if met { "met" } else { "MISSED" });
    Ok(met)
}

/// What one request does, but for the front and the JSON; how many calls would be refused.
async fn foretell(store: &Store, key: &Key, home: &Project, catalog: &Catalog) -> Result<i64, Failure> {
    let span = UsageSpan { from: NOW.plus_seconds(-HOURS * 3600).hour(), to: NOW.plus_seconds(3600).hour() };
    let of = UsageOf::Key(key.id, home.organization_id.clone());
    store.usage_beyond(key.id, span, ROWS_MAX).await?;
    let calls = store.allowed_calls(key.id, span, false, 10_000).await?;
    store.usage_incomplete(&of, span, key.created_at).await?;
    let scopes = key.grant.compile(catalog, home.id)?;
    let holder = Holder {
        types: catalog.types(),
        project: home.id,
        organization: &home.organization_id,
        registered_to: |_: &str| None,
    };
    Ok(preview(&Proposed::new(key, &scopes, holder, NOW), &calls.kinds).refused)
}

/// The key as it would be: half of what it was called for, and a network of it, are left.
fn key(home: &Project, rng: &mut SplitMix) -> Result<Key, Failure> {
    let secret = KeySecret::generate("rpa", rng);
    let scope = |id: usize| ("read".to_owned(), format!("THING/Battery/b{id}"));
    Ok(Key {
        id: KeyId::generate(NOW, rng),
        project_id: home.id,
        name: Name::parse("busy", Name::KEY_CHARS_MAX)?,
        digest: Pepper::new(&[7; 32]).digest(secret.expose().as_bytes()),
        class: "standard".into(),
        hint: secret.hint(),
        grant: Grant::Scopes((0..128).map(scope).collect()),
        state: KeyState::Active,
        expires_at: None,
        networks: Networks::parse(["203.0.0.0/9"])?,
        created_at: NOW.plus_seconds(-HOURS * 3600),
        created_by: ActorId::Operator,
        import: None,
    })
}

async fn fill(store: &Store, key: &Key, home: &Project, kinds: usize) -> Result<(), Failure> {
    for hour in 0..HOURS {
        let at = NOW.plus_seconds(-hour * 3600);
        let called = |kind: usize| Called {
            key: key.id,
            organization: home.organization_id.clone(),
            project: home.id,
            hour: at.hour(),
            action: Some(Action::Read),
            resource: Arc::from(format!("THING/Battery/b{kind}").as_str()),
            organization_named: false,
            refused: None,
            network: ClientNetwork::V4([203, u8::try_from(kind % 200).unwrap_or(0), 113]),
            calls: 10,
            first_at: at.hour(),
            last_at: at,
        };
        let first = usize::try_from(hour).unwrap_or(0) * KINDS_AN_HOUR;
        let rows = (first..first + KINDS_AN_HOUR).map(|kind| called(kind % kinds));
        let batch = UsageBatch {
            node: key.id.to_string(),
            sequence: hour + 1,
            called: rows.collect(),
            last_uses: Vec::new(),
            unseen: Vec::new(),
        };
        store.add_usage(batch, NOW).await?;
    }
    Ok(())
}
