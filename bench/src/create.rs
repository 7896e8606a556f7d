//! Durable key creations: 64 clients through the operations, beside one connection that commits one row at a
//! time on the same database in the same run.

use control::ops::setup::{self, NewOrganization};
use control::ops::{NewKey, keys};
use control::seal::MasterKey;
use control::store::{Database, Store};
use control::{App, Parts};
use domain::access::{Binding, Caller, MemberRole};
use domain::{ActorId, Name, Networks, Pepper, Plan, Timestamp, TrustedPeers};
use sqlx::{ConnectOptions, Connection, Executor};
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const CLIENTS: usize = 64;
/// Rounds of each side, in turns, so that both meet the same weather.
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(3);
/// Creations by many clients must be at least this share of single-row commits.
const GOAL: f64 = 0.5;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures one database; true when the goal is met.
pub(crate) fn run(database: &Database) -> bool {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let measured = runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(measure(database)));
    measured.unwrap_or_else(|error| {
        eprintln!("not measured: {error}");
        false
    })
}

async fn measure(database: &Database) -> Result<bool, Failure> {
    let app = open(database).await?;
    let new = NewOrganization {
        name: name("bench", 512)?,
        plan: Plan::Enterprise,
        bootstrap: true,
        operator: false,
    };
    let first = setup::create_organization(&app, new).await?;
    let caller = Caller {
        actor: ActorId::Operator,
        organization: first.organization_id.clone(),
        bindings: vec![Binding { role: MemberRole::OrgOwner, project: None }],
        limits: None,
        generation: None,
        operator: false,
    };
    let project = first.project_id.to_string();
    let mut single = Vec::new();
    let mut many = Vec::new();
    for _ in 0..ROUNDS {
        single.push(commit_rows(database).await?);
        many.push(create_keys(&app, &caller, &project).await?);
    }
    let (single, many) = (median(single), median(many));
    let ratio = many / single;
    println!("one connection, one row a commit   {single:>9.0} /s");
    println!("{CLIENTS} clients creating keys          {many:>9.0} /s");
    println!("ratio                              {ratio:>9.2}   (goal: at least {GOAL})");
    Ok(ratio >= GOAL)
}

async fn open(database: &Database) -> Result<Arc<App>, Failure> {
    let store = Store::open(database, "bench").await?;
    let app = Arc::new(App::new(Parts {
        store,
        pepper: Pepper::new(&[7; 32]),
        master: MasterKey::new(&[8; 32])?,
        clock: now,
        known: Arc::new(|| None),
        visible: Arc::new(|_| Box::pin(std::future::ready(()))),
        issuer: "http://bench".into(),
        proxies: TrustedPeers::nobody(),
    }));
    setup::begin(&app).await?;
    Ok(app)
}

/// Keys made in one second by all clients together, each answer durable.
async fn create_keys(app: &Arc<App>, caller: &Caller, project: &str) -> Result<f64, Failure> {
    let begun = start();
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..CLIENTS {
        let (app, caller, project) = (Arc::clone(app), caller.clone(), project.to_owned());
        clients.spawn(async move {
            let mut made = 0_u32;
            while begun.elapsed() < ROUND {
                keys::create(&app, &caller, &project, new_key()?, None).await?;
                made += 1;
            }
            Ok::<u32, Failure>(made)
        });
    }
    let mut made = 0;
    while let Some(client) = clients.join_next().await {
        made += client??;
    }
    Ok(f64::from(made) / begun.elapsed().as_secs_f64())
}

fn new_key() -> Result<NewKey, Failure> {
    Ok(NewKey {
        name: name("bench", 80)?,
        grant: None,
        class: None,
        expires_at: None,
        networks: Networks::default(),
        enabled: true,
    })
}

fn name(text: &str, chars_max: usize) -> Result<Name, Failure> {
    Ok(Name::parse(text, chars_max)?)
}

const TABLE: &str =
    "create table if not exists bench_rows (id bigint not null primary key, body text not null)";
const INSERT: &str = "insert into bench_rows (id, body) select coalesce(max(id), 0) + 1, $1 from bench_rows";

/// The same loop on either connection type.
macro_rules! commit_loop {
    ($conn:ident) => {{
        let begun = start();
        let mut rows = 0_u32;
        // As long as a key's row, so that both sides write about as much.
        let body = "x".repeat(400);
        while begun.elapsed() < ROUND {
            sqlx::query(INSERT).bind(&body).execute(&mut $conn).await?;
            rows += 1;
        }
        Ok(f64::from(rows) / begun.elapsed().as_secs_f64())
    }};
}

/// Rows committed in one second by one connection, one at a time, each commit durable.
async fn commit_rows(database: &Database) -> Result<f64, Failure> {
    match database {
        Database::Sqlite(path) => {
            let options = sqlx::sqlite::SqliteConnectOptions::new()
                .filename(path)
                .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
                .disable_statement_logging();
            let mut conn = options.connect().await?;
            conn.execute(TABLE).await?;
            let rate = commit_loop!(conn);
            conn.close().await?;
            rate
        }
        Database::Postgres(url) => {
            let options = sqlx::postgres::PgConnectOptions::from_str(url)?.disable_statement_logging();
            let mut conn = options.connect().await?;
            conn.execute(TABLE).await?;
            let rate = commit_loop!(conn);
            conn.close().await?;
            rate
        }
    }
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or(0.0)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn start() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "the benchmark is the clock of what it measures")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(0))
}
