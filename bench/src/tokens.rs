//! What access tokens cost: buying one beside the bare signature, and using one through `/v1/verify` beside the bare
//! check of a signature.

use crate::measure::{cpu_time, median};
use crate::node;
use axum::body::Body;
use control::ops::NewKey;
use control::ops::keys;
use control::ops::setup::{self, NewOrganization};
use control::seal::MasterKey;
use control::signing::SigningKey;
use control::store::{Database, Store};
use control::{App, Parts, oauth};
use domain::access::{Binding, Caller, MemberRole};
use domain::token::PublicKey;
use domain::{ActorId, Grant, Name, Networks, Pepper, Plan, Snapshot, Timestamp, TrustedPeers};
use std::hint::black_box;
use std::sync::Arc;
use tower::ServiceExt;

/// Tokens bought in the time of bare signatures, at least.
const BOUGHT_GOAL: f64 = 0.5;
/// The cost of a use in bare checks, at most.
const USED_GOAL: f64 = 1.5;
const ROUNDS: usize = 60;
const EACH: usize = 100;

type Failure = Box<dyn std::error::Error>;

/// Measures, prints and says whether the goals are met.
pub(crate) fn run() -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(measured())) {
        Ok(met) => met,
        Err(error) => {
            eprintln!("{error}");
            false
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "tokens are dated, and this is no part of the server")]
fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// An organization with a key, and the parts that sell and take its tokens.
struct Shop {
    app: Arc<App>,
    key: String,
    signer: SigningKey,
    public: PublicKey,
    data: axum::Router,
    _folder: tempfile::TempDir,
}

async fn open() -> Result<Shop, Failure> {
    let folder = tempfile::tempdir_in(".")?;
    let store = Store::open(&Database::Sqlite(folder.path().join("bench.db")), "bench").await?;
    let known: Arc<std::sync::Mutex<Option<Snapshot>>> = Arc::default();
    let asked = Arc::clone(&known);
    let (pepper, master) = (Pepper::new(&[7; 32]), MasterKey::new(&[8; 32])?);
    let app = Arc::new(App::new(Parts {
        store,
        pepper: pepper.clone(),
        master,
        clock: now,
        visible: Arc::new(|_| Box::pin(std::future::ready(()))),
        known: Arc::new(move || asked.lock().ok()?.clone()),
        issuer: "http://bench".into(),
        proxies: TrustedPeers::nobody(),
    }));
    setup::begin(&app).await?;
    let new = NewOrganization {
        name: Name::parse("bench", 80)?,
        plan: Plan::Enterprise,
        bootstrap: true,
        operator: false,
    };
    let first = setup::create_organization(&app, new).await?;
    let caller = Caller {
        actor: ActorId::Operator,
        organization: first.organization_id.clone(),
        bindings: vec![Binding { role: MemberRole::OrgOwner, project: None }],
        generation: None,
        limits: None,
        operator: false,
    };
    let scopes = ["THING/#/#", "PLACE/#/#", "PLACE/Site/#/THING/#/#"];
    let scopes = scopes.map(|filter| ("read".to_owned(), filter.to_owned())).to_vec();
    let grant = Some(Grant::Scopes(scopes));
    let new = NewKey {
        name: Name::parse("bench", 80)?,
        grant,
        class: None,
        expires_at: None,
        networks: Networks::default(),
        enabled: true,
    };
    let created = keys::create(&app, &caller, &first.project_id.to_string(), new, None).await?;
    let row = app.store.signing_keys().await?;
    let row = row.iter().find(|row| row.published.organization_id.is_some()).ok_or("no signing key")?;
    let signer = SigningKey::open(row, &app.master)?;
    let public = PublicKey::new(row.published.algorithm, &row.published.public_key).ok_or("no public key")?;
    *known.lock().map_err(|_| "poisoned")? = Some(Snapshot::build(app.store.load().await?.1));
    let data = node::listening(app.store.load().await?.1, pepper, app.issuer.clone(), now).await;
    let key = created.secret.ok_or("no secret")?.expose().to_owned();
    Ok(Shop { app, key, signer, public, data, _folder: folder })
}

impl Shop {
    async fn buy(&self) -> Result<String, Failure> {
        let body = "grant_type=client_credentials&scope=read%3ATHING%2F%23%2F%23";
        let request = http::Request::post("/oauth/token").header("x-api-key", &self.key).body(())?;
        let (head, ()) = request.into_parts();
        let request = oauth::Request { head: &head, body: body.as_bytes() };
        let token = oauth::issue(&self.app, request).await.map_err(|refused| format!("{refused:?}"))?;
        Ok(token.access_token)
    }

    async fn use_one(&self, token: &str) -> Result<(), Failure> {
        let body = format!(r#"{{"key":"{token}","action":"read","resource":"THING/Battery/b1"}}"#);
        let request = http::Request::post("/v1/verify").header("content-type", "application/json");
        let answer = self.data.clone().oneshot(request.body(Body::from(body))?).await?;
        let bytes = axum::body::to_bytes(answer.into_body(), 1 << 16).await?;
        if bytes.starts_with(br#"{"allowed":true"#) { Ok(()) } else { Err("a token was refused".into()) }
    }
}

/// Microseconds of processor time for each, in one round.
struct Round {
    sign: f64,
    buy: f64,
    check: f64,
    first_use: f64,
    next_use: f64,
}

async fn round(shop: &Shop, message: &[u8], signature: &[u8]) -> Result<Round, Failure> {
    let each = |since| (cpu_time() - since).as_secs_f64() * 1e6 / EACH as f64;
    let begun = cpu_time();
    for _ in 0..EACH {
        black_box(shop.signer.sign(message)?);
    }
    let sign = each(begun);
    let mut tokens = Vec::with_capacity(EACH);
    let begun = cpu_time();
    for _ in 0..EACH {
        tokens.push(shop.buy().await?);
    }
    let buy = each(begun);
    let begun = cpu_time();
    for _ in 0..EACH {
        black_box(shop.public.verifies(black_box(message), signature));
    }
    let check = each(begun);
    let mut uses = [0.0; 2];
    for used in &mut uses {
        let begun = cpu_time();
        for token in &tokens {
            shop.use_one(token).await?;
        }
        *used = each(begun);
    }
    let [first_use, next_use] = uses;
    Ok(Round { sign, buy, check, first_use, next_use })
}

async fn measured() -> Result<bool, Failure> {
    let shop = open().await?;
    let token = shop.buy().await?;
    let (message, _) = token.rsplit_once('.').ok_or("no token")?;
    let signature = shop.signer.sign(message.as_bytes())?;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        rounds.push(round(&shop, message.as_bytes(), &signature).await?);
    }
    let of = |part: fn(&Round) -> f64| median(rounds.iter().map(part).collect());
    let bought = of(|round| round.sign / round.buy);
    let used = of(|round| round.first_use / round.check);
    println!("bare ES256 signature               {:>9.1} us", of(|round| round.sign));
    println!("token bought                       {:>9.1} us", of(|round| round.buy));
    println!("bought beside bare signatures      {bought:>9.2}   (goal: at least {BOUGHT_GOAL})");
    println!("bare ES256 check                   {:>9.1} us", of(|round| round.check));
    println!("token through /v1/verify, first    {:>9.1} us", of(|round| round.first_use));
    println!("token through /v1/verify, again    {:>9.1} us", of(|round| round.next_use));
    println!("first use in bare checks           {used:>9.2}   (goal: at most {USED_GOAL})");
    Ok(bought >= BOUGHT_GOAL && used <= USED_GOAL)
}
