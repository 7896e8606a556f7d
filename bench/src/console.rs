//! What the list of keys in the console costs the server, in a project with very many: processor time for a page, from
//! the parsed head to the compressed body, whatever is asked for.

use crate::measure::{SplitMix, median, process_cpu_time};
use axum::Router;
use axum::body::Body;
use control::ops::sessions::{Browser, begin};
use control::ops::setup::{self, NewOrganization};
use control::seal::MasterKey;
use control::store::{Database, Lane, Store, StoreError, Tx};
use control::{App, Parts, ops, rest};
use domain::{
    Access, ActorId, Email, Grant, Key, KeyId, KeySecret, KeyState, Name, Networks, Pepper, Plan, Preset,
    ProjectId, Timestamp, TrustedPeers,
};
use std::sync::Arc;
use tower::ServiceExt;

/// Seconds of processor time for one page, and bytes of it on the way.
const GOAL: f64 = 0.020;
const BYTES_GOAL: usize = 15 << 10;
const KEYS: usize = 100_000;
const PIECE: usize = 1_000;
const ROUNDS: usize = 25;
const NOW: Timestamp = crate::verify::NOW;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures and prints; true when the goals are met.
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
    let app = Arc::new(App::new(Parts {
        store,
        pepper: Pepper::new(&[7; 32]),
        master: MasterKey::new(&[8; 32])?,
        clock: || NOW,
        visible: Arc::new(|_| Box::pin(std::future::ready(()))),
        known: Arc::new(|| None),
        issuer: "http://bench".into(),
        proxies: TrustedPeers::nobody(),
    }));
    let (project, token) = owner(&app).await?;
    fill(&app, project).await?;
    let router = rest::router(Arc::clone(&app));
    let mut met = true;
    for (what, query) in [
        ("active keys", String::new()),
        (
            "the last page",
            format!("?after={}.{}", NOW.micros() + 99_940, KeyId::generate(NOW, &mut SplitMix(9))),
        ),
        ("a part of a name that one has", "?q=number-99999".into()),
        ("a name that none has", "?q=nothing".into()),
        ("all, revoked ones too", "?status=all".into()),
    ] {
        met &= page(&router, &token, what, &format!("/projects/{project}/keys{query}")).await?;
    }
    println!("goals {}", if met { "met" } else { "MISSED" });
    Ok(met)
}

/// An organization with its first owner, who is signed in.
async fn owner(app: &Arc<App>) -> Result<(ProjectId, String), Failure> {
    setup::begin(app).await?;
    let name = Name::parse("bench", 80)?;
    let new = NewOrganization { name, plan: Plan::Enterprise, bootstrap: true, operator: true };
    let first = setup::create_organization(app, new).await?;
    let email = Email::parse("ada@example.com")?;
    let user = ops::first_owner::make(app, &first.setup_code, email, None, None).await?.user;
    let token = begin(app, &user, &Browser::default()).await?;
    Ok((first.project_id, token.to_string()))
}

async fn fill(app: &App, project: ProjectId) -> Result<(), Failure> {
    let mut rng = SplitMix(1);
    for piece in 0..KEYS / PIECE {
        let keys: Result<Vec<Key>, Failure> =
            (piece * PIECE..(piece + 1) * PIECE).map(|number| key(app, project, number, &mut rng)).collect();
        let keys = keys?;
        let write = async move |tx: &mut Tx| {
            tx.insert_keys(&keys).await?;
            tx.record(NOW, ActorId::Operator, "bench", "", &[]).await?;
            Ok::<_, StoreError>(())
        };
        app.store.write(Lane::Ordinary, write).await?;
    }
    Ok(())
}

fn key(app: &App, project: ProjectId, number: usize, rng: &mut SplitMix) -> Result<Key, Failure> {
    let secret = KeySecret::generate("rpa", rng);
    let at = Timestamp::from_micros(NOW.micros() + i64::try_from(number)?);
    let access =
        Access { preset: Preset::ReadOnly, levels: Default::default(), endpoints: Default::default() };
    Ok(Key {
        id: KeyId::generate(at, rng),
        project_id: project,
        name: Name::parse(&format!("key number-{number} of many"), Name::KEY_CHARS_MAX)?,
        digest: app.pepper.digest(secret.expose().as_bytes()),
        class: "standard".into(),
        hint: secret.hint(),
        grant: Grant::Access(access),
        state: if number.is_multiple_of(10) { KeyState::Disabled { since: NOW } } else { KeyState::Active },
        expires_at: None,
        networks: Networks::default(),
        created_at: at,
        created_by: ActorId::Operator,
        import: None,
    })
}

async fn page(router: &Router, token: &str, what: &str, path: &str) -> Result<bool, Failure> {
    let (mut seconds, mut size) = (Vec::new(), 0);
    for _ in 0..ROUNDS {
        let request = http::Request::get(path)
            .header("cookie", format!("__Host-session={token}"))
            .header("accept-encoding", "gzip")
            .body(Body::empty())?;
        let begun = process_cpu_time();
        let answer = router.clone().oneshot(request).await?;
        let status = answer.status();
        size = axum::body::to_bytes(answer.into_body(), 1 << 20).await?.len();
        seconds.push((process_cpu_time() - begun).as_secs_f64());
        if status != http::StatusCode::OK {
            return Err(format!("{path}: {status}").into());
        }
    }
    let cost = median(seconds);
    println!(
        "{what:<40}{:>8.2} ms   (goal: at most {:.0}){:>8.1} KB   (goal: at most {})",
        cost * 1e3,
        GOAL * 1e3,
        size as f64 / 1024.0,
        BYTES_GOAL >> 10
    );
    Ok(cost <= GOAL && size <= BYTES_GOAL)
}
