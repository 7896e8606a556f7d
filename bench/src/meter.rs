//! What counting costs: the processor time of a `/v1/verify` request with metering beside the same without, and the
//! memory that counting takes in the worst cases.

use crate::measure::{SplitMix, cpu_time, median, process_cpu_time};
use crate::verify::{KEYS_OF_A_PROJECT, NOW, call, endpoint, key, project};
use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use control::store::{Database, Store};
use data::http::{Desk, Phase, RequestId, router};
use data::{
    Bounds, Call, Clock, Flusher, Follower, Gate, Head, Live, Meter, Metrics, NodeId, Nudge, Pace, SinkError,
    Source, SourceError, UsageSink,
};
use domain::token::Issuer;
use domain::{
    Asked, Catalog, Change, ChangeHash, KeySecret, Loaded, Pepper, Project, TrustedPeers, UsageBatch, Version,
};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::sync::watch;
use tower::ServiceExt;

/// At most this many times the request without metering, writing the counts included.
const GOAL: f64 = 1.05;
const ROUNDS: usize = 60;
const REQUESTS: usize = 2_000;
/// How often counts are written, as the server does.
const FLUSH: Duration = Duration::from_secs(3);
const KEYS: usize = 1_000_000;
/// What counting may take, by its own reckoning, and a quarter more for what the allocator keeps.
const MEMORY_GOAL: u64 = (64 << 20) / 4 * 5;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A log that never changes.
struct Still(Mutex<Option<Loaded>>);

impl Source for Still {
    async fn register(&self, _: &NodeId) -> Result<(), SourceError> {
        Ok(())
    }

    async fn renew(&self, _: &NodeId, beat: i64) -> Result<Head, SourceError> {
        let (history, version, hash) = ("bench".into(), Version(1), ChangeHash::START);
        Ok(Head { history, version, hash, beat: beat + 1, lease: Duration::from_secs(300) })
    }

    async fn load(&self) -> Result<(String, Loaded), SourceError> {
        let loaded = self.0.lock().ok().and_then(|mut loaded| loaded.take());
        Ok(("bench".into(), loaded.ok_or(SourceError::Lost)?))
    }

    async fn changes(&self, _: Version, _: usize) -> Result<Vec<Change>, SourceError> {
        let (actor, action, organization) = ("operator".into(), "bench".into(), String::new());
        let (version, hash, body) = (Version(1), ChangeHash::START, "[]".into());
        Ok(vec![Change { version, at: NOW, actor, action, organization, body, hash }])
    }

    async fn applied(&self, _: &NodeId, _: Version) -> Result<(), SourceError> {
        Ok(())
    }

    async fn deregister(&self, _: &NodeId) -> Result<(), SourceError> {
        Ok(())
    }
}

/// Where counts go: a database, or nowhere.
#[derive(Clone)]
struct Record(Option<Arc<Store>>);

impl UsageSink for Record {
    async fn add(&self, batch: &UsageBatch) -> Result<(), SinkError> {
        let Some(store) = &self.0 else { return Ok(()) };
        let added = store.add_usage(batch.clone(), NOW).await;
        added.map(|_| ()).map_err(|error| SinkError(Box::new(error)))
    }
}

struct Question {
    key: String,
    action: &'static str,
    resource: String,
}

struct World {
    live: Arc<Live>,
    pepper: Pepper,
    clock: Clock,
    hand: data::clock::Hand,
    questions: Vec<Question>,
}

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
    let world = World::known().await;
    let mut met = world.request("1,000 keys", 1_000).await?;
    met &= world.request("100 keys", 100).await?;
    let over_an_hour = world.memory(|gate, flusher| {
        let mut flushes = 0;
        for (at, question) in world.questions.iter().enumerate() {
            world.ask(gate, question, &question.resource);
            // As many as there are between two flushes of an hour.
            if at % (KEYS / 1_200) == 0 {
                flushes += 3;
                world.hand.set_wall(NOW.hour().plus_seconds(flushes.min(3_599)));
                at_once(flusher.flush()).ok_or("a record that is thrown away made the flush wait")??;
            }
        }
        Ok(())
    });
    met &= told("1,000,000 keys, each called once within an hour", over_an_hour?);
    let unwritten = world.memory(|gate, _| {
        world.questions.iter().for_each(|question| world.ask(gate, question, &question.resource));
        Ok(())
    });
    met &= told("1,000,000 keys, all called before anything is written", unwritten?);
    let one_key = world.memory(|gate, _| {
        let Some(question) = world.questions.iter().find(|question| question.resource.starts_with("PLACE"))
        else {
            return Ok(());
        };
        (0..KEYS).for_each(|at| world.ask(gate, question, &format!("PLACE/Site/s1/THING/Battery/b{at}")));
        Ok(())
    });
    met &= told("one key called on 1,000,000 resources", one_key?);
    println!("goals {}", if met { "met" } else { "MISSED" });
    Ok(met)
}

/// What a future that has nothing to wait for comes to.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

fn told(what: &str, bytes: u64) -> bool {
    println!("{what:<58}{:>8.1} MB   (goal: at most {:.0})", bytes as f64 / 1e6, MEMORY_GOAL as f64 / 1e6);
    bytes <= MEMORY_GOAL
}

impl World {
    async fn known() -> World {
        let mut rng = SplitMix(1);
        let pepper = Pepper::new(&[7; 32]);
        let secrets: Vec<KeySecret> = (0..KEYS).map(|_| KeySecret::generate("rpa", &mut rng)).collect();
        let projects: Vec<Project> =
            (0..KEYS.div_ceil(KEYS_OF_A_PROJECT)).map(|_| project(&mut rng)).collect();
        let homes = || projects.iter().flat_map(|project| std::iter::repeat_n(project, KEYS_OF_A_PROJECT));
        let known = || secrets.iter().zip(homes()).enumerate();
        let questions = known().map(|(at, (secret, home))| {
            let call = call(at, secret, home);
            Question { key: call.key, action: call.action.text(), resource: call.resource }
        });
        let questions = questions.collect();
        let loaded = Loaded {
            version: Version(1),
            hash: ChangeHash::START,
            catalog: Catalog::builtin(),
            imports: Vec::new(),
            resources: projects.iter().map(|project| (endpoint(project), project.id)).collect(),
            keys: known().map(|(at, (secret, home))| key(at, secret, home, &pepper, &mut rng)).collect(),
            projects: projects.clone(),
            trust: domain::token::Trust::default(),
        };
        let (clock, hand) = Clock::by_hand();
        hand.set_wall(NOW);
        let live = Arc::new(Live::new(clock.clone()));
        let metrics = Arc::new(Metrics::new("bench"));
        let still = Still(Mutex::new(Some(loaded)));
        let pace = Pace { wait: Duration::from_secs(300), poll: Duration::from_secs(3600) };
        let draw = || NodeId::from_random([1; 16]);
        let follower = Follower::new(still, Arc::clone(&live), metrics, Nudge::default(), pace, draw);
        tokio::spawn(follower.run(std::future::pending()));
        while live.lease_left().is_zero() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        World { live, pepper, clock, hand, questions }
    }

    fn gate(&self, metrics: &Arc<Metrics>) -> Gate {
        Gate::new(
            Arc::clone(&self.live),
            self.pepper.clone(),
            Issuer::new("http://bench"),
            Arc::clone(metrics),
        )
    }

    fn flusher(&self, meter: &Arc<Meter>, record: Record) -> Flusher<Record> {
        Flusher::new(Arc::clone(meter), record, self.clock.clone(), NodeId::from_random([2; 16]))
    }

    fn router(&self, gate: Gate, metrics: &Arc<Metrics>) -> Router {
        router(Arc::new(Desk {
            gate: Arc::new(gate),
            live: Arc::clone(&self.live),
            metrics: Arc::clone(metrics),
            tokens: None,
            trusted: TrustedPeers::loopback(),
            trusts_everyone: false,
            family: data::http::Family::default(),
            phase: watch::Sender::new(Phase::Serving).subscribe(),
        }))
    }

    /// Requests of this many keys, from the parsed head on: what the socket and the head cost is left out, so that
    /// the ratio is higher than a server's.
    async fn request(&self, name: &str, keys: usize) -> Result<bool, Failure> {
        let folder = tempfile::tempdir_in(".")?;
        let store = Arc::new(Store::open(&Database::Sqlite(folder.path().join("bench.db")), "bench").await?);
        let metrics = Arc::new(Metrics::new("bench"));
        let meter = Arc::new(Meter::new(Bounds::default(), Arc::clone(&metrics)));
        let mut flusher = self.flusher(&meter, Record(Some(store)));
        let off = self.router(self.gate(&metrics), &metrics);
        let on = self.router(self.gate(&metrics).metered(meter), &metrics);
        let (mut without, mut with, mut ratios, mut flushes) = (vec![], vec![], vec![], vec![]);
        for _ in 0..ROUNDS {
            let nanos_off = self.round(&off, keys).await?;
            let nanos_on = self.round(&on, keys).await?;
            ratios.push(nanos_on / nanos_off);
            without.push(nanos_off);
            with.push(nanos_on);
            let begun = process_cpu_time();
            flusher.flush().await?;
            flushes.push((process_cpu_time() - begun).as_secs_f64());
        }
        let (off, on, flush) = (median(without), median(with), median(flushes));
        // One processor that does nothing but answer: what it answers between two flushes shares the cost of one.
        let share = flush / (FLUSH.as_secs_f64() / (off / 1e9)) * 1e9;
        let ratio = median(ratios) + share / off;
        println!(
            "{name}: {off:.0} ns without metering, {on:.0} with, and {share:.0} for its share of writing"
        );
        println!("  (a flush takes {:.1} ms of processor time)", flush * 1e3);
        println!("{:<58}{ratio:>8.3}      (goal: at most {GOAL})", "  ratio");
        Ok(ratio <= GOAL)
    }

    /// Nanoseconds of processor time for each request.
    async fn round(&self, router: &Router, keys: usize) -> Result<f64, Failure> {
        let questions = self.questions.iter().take(keys).cycle().take(REQUESTS);
        let requests: Vec<Request> = questions.map(asked).collect::<Result<_, _>>()?;
        let begun = cpu_time();
        for request in requests {
            let response = router.clone().oneshot(request).await?;
            if !response.status().is_success() {
                return Err(format!("answered {}", response.status()).into());
            }
        }
        Ok((cpu_time() - begun).as_secs_f64() * 1e9 / REQUESTS as f64)
    }

    fn ask(&self, gate: &Gate, question: &Question, resource: &str) {
        let call = Call {
            key: &question.key,
            action: Some(question.action),
            resource: Some(Asked::Text(resource)),
            client: Some([203, 0, 113, 9].into()),
            ..Call::default()
        };
        let decided = gate.decide(&call, |decision| decision.version);
        assert!(decided.is_ok(), "{decided:?}");
    }

    /// The most bytes that a new meter held during the work, by the allocator's own count: memory that was freed
    /// before would hide what a resident size says.
    fn memory(
        &self,
        work: impl FnOnce(&Gate, &mut Flusher<Record>) -> Result<(), Failure>,
    ) -> Result<u64, Failure> {
        let metrics = Arc::new(Metrics::new("bench"));
        let mut done = Ok(());
        let held = allocation_counter::measure(|| {
            let meter = Arc::new(Meter::new(Bounds::default(), Arc::clone(&metrics)));
            let mut flusher = self.flusher(&meter, Record(None));
            let gate = self.gate(&metrics).metered(meter);
            done = work(&gate, &mut flusher);
        });
        done.map(|()| held.bytes_max)
    }
}

fn asked(question: &Question) -> Result<Request, Failure> {
    let body = serde_json::json!({
        "key": question.key, "action": question.action, "resource": question.resource, "client_ip": "203.0.113.9",
    });
    let request = http::Request::post("/v1/verify").header("content-type", "application/json");
    let mut request = request.body(Body::from(body.to_string()))?;
    request.extensions_mut().insert(RequestId("bench".into()));
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4711))));
    Ok(request)
}
