//! What a preview of a busy key costs: everything that is read of it and decided once more, in processor time.

use crate::measure::{SplitMix, median, process_cpu_time};
use crate::verify::{NOW, project};
use control::store::{Database, Store, UsageOf, UsageSpan};
use domain::{
    Action, ActorId, Called, Catalog, ClientNetwork, Grant, Holder, Key, KeyId, KeySecret, KeyState, Name,
    Networks, Pepper, Project, Proposed, UsageBatch, preview,
};
use std::sync::Arc;

/// Seconds of processor time for one answer.
const GOAL: f64 = 0.1;
const HOURS: i64 = 30 * 24;
/// As many kinds of calls as are told apart in one hour, drawn from ten times as many.
const KINDS_AN_HOUR: usize = 100;
const KINDS: usize = 1_000;
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
    let home = project(&mut rng);
    let (key, catalog) = (key(&home, &mut rng)?, Catalog::builtin());
    fill(&store, &key, &home).await?;
    let scopes = key.grant.compile(&catalog, home.id)?;
    let span = UsageSpan { from: NOW.plus_seconds(-HOURS * 3600).hour(), to: NOW.plus_seconds(3600).hour() };
    let of = UsageOf::Key(key.id, home.organization_id.clone());
    let (mut seconds, mut found) = (Vec::new(), domain::Preview::default());
    for _ in 0..ROUNDS {
        let begun = process_cpu_time();
        store.usage_rows(&of, span, 200_000).await?;
        let calls = store.allowed_calls(key.id, span, false, 10_000).await?;
        store.usage_incomplete(&of, span, key.created_at).await?;
        let holder = Holder {
            types: catalog.types(),
            project: home.id,
            organization: &home.organization_id,
            registered_to: |_: &str| None,
        };
        found = preview(&Proposed::new(&key, &scopes, holder, NOW), &calls.kinds);
        seconds.push((process_cpu_time() - begun).as_secs_f64());
    }
    let cost = median(seconds);
    let (rows, refused) = (HOURS * KINDS_AN_HOUR as i64, found.refused);
    println!("{rows} rows of {KINDS} kinds, {} calls, {refused} of them refused", found.calls);
    println!("{:<58}{:>8.1} ms   (goal: at most {:.0})", "one preview", cost * 1e3, GOAL * 1e3);
    let met = cost <= GOAL && found.refused > 0;
    println!("goals {}", if met { "met" } else { "MISSED" });
    Ok(met)
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

async fn fill(store: &Store, key: &Key, home: &Project) -> Result<(), Failure> {
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
        let first = usize::try_from(hour).unwrap_or(0) * 37;
        let kinds = (first..first + KINDS_AN_HOUR).map(|kind| called(kind % KINDS));
        let batch = UsageBatch {
            node: "bench".into(),
            sequence: hour + 1,
            called: kinds.collect(),
            last_uses: Vec::new(),
            unseen: Vec::new(),
        };
        store.add_usage(batch, NOW).await?;
    }
    Ok(())
}
