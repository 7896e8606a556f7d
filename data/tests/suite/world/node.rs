//! A node that follows a log on a clock moved by hand, and the doors it answers at.

use super::{Ask, LEASE, Log, issuer, pepper};
use api::verify::VerifyCode;
use axum::Router;
use data::clock::Hand;
use data::gateway::{Authorities, Gateway};
use data::http::{Desk, Phase, Tokens, router};
use data::{Bounds, Call, Clock, Follower, Gate, Live, Meter, Metrics, NodeId, Nudge, Pace, Refusal};
use domain::TrustedPeers;
use domain::Version;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

pub(crate) struct Node {
    pub(crate) log: Log,
    pub(crate) live: Arc<Live>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) hand: Hand,
    pub(crate) nudge: Nudge,
    pub(crate) gate: Gate,
    pub(crate) phase: watch::Sender<Phase>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Node {
    /// A node that has loaded the log and may answer.
    pub(crate) async fn start(log: &Log) -> Node {
        let node = Node::begin(log, Pace { wait: LEASE, poll: Duration::from_millis(250) });
        node.until("the first lease", || !node.live.lease_left().is_zero()).await;
        node
    }

    /// A node that has only just been started.
    pub(crate) fn begin(log: &Log, pace: Pace) -> Node {
        let (clock, hand) = Clock::by_hand();
        let live = Arc::new(Live::new(clock));
        let metrics = Arc::new(Metrics::new("0.0.0"));
        let nudge = Nudge::default();
        let drawn = AtomicU8::new(0);
        let draw = move || NodeId::from_random([drawn.fetch_add(1, Ordering::SeqCst); 16]);
        let follower =
            Follower::new(log.clone(), Arc::clone(&live), Arc::clone(&metrics), nudge.clone(), pace, draw);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(follower.run(async { drop(stopped.await) }));
        let meter = Arc::new(Meter::new(Bounds::default(), Arc::clone(&metrics)));
        let gate = Gate::new(Arc::clone(&live), pepper(), issuer(), Arc::clone(&metrics)).metered(meter);
        let phase = watch::Sender::new(Phase::Serving);
        Node { log: log.clone(), live, metrics, hand, nudge, gate, phase, stop, task }
    }

    /// A gate for a door of its own.
    fn own_gate(&self) -> Arc<Gate> {
        Arc::new(Gate::new(Arc::clone(&self.live), pepper(), issuer(), Arc::clone(&self.metrics)))
    }

    /// The gateway, without anybody before it.
    pub(crate) fn gateway(&self) -> Gateway {
        Gateway::new(self.own_gate(), TrustedPeers::nobody(), Authorities::of_the_web().unwrap())
    }

    /// The data listener's routes.
    pub(crate) fn router(&self, token: Option<&str>, trusted: TrustedPeers) -> Router {
        router(Arc::new(Desk {
            gate: self.own_gate(),
            live: Arc::clone(&self.live),
            metrics: Arc::clone(&self.metrics),
            tokens: token.map(|token| Tokens::new([token])),
            trusted,
            trusts_everyone: false,
            family: data::http::Family::default(),
            phase: self.phase.subscribe(),
        }))
    }

    /// Lets time pass on every clock, in small steps.
    pub(crate) async fn pass(&self, time: Duration) {
        let step = Duration::from_millis(50);
        for _ in 0..time.as_millis() / step.as_millis() {
            self.hand.advance(step);
            tokio::time::sleep(step).await;
        }
    }

    /// Waits until it holds; the lease does not run meanwhile.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        for _ in 0..10_000 {
            if holds() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("still waiting for {what}");
    }

    pub(crate) async fn until_applied(&self, version: Version) {
        self.until("a version", || self.live.version() >= Some(version)).await;
    }

    pub(crate) fn verify(&self, key: &str) -> Result<(VerifyCode, Version), Refusal> {
        let call = Call { key, ..Call::default() };
        self.gate.decide(&call, |decision| (decision.code(), decision.version))
    }

    /// How often a cause made the node load everything again.
    pub(crate) async fn reloads(&self, cause: &str) -> bool {
        let text = Ask::get("/metrics").send(&self.router(None, TrustedPeers::nobody())).await.text;
        text.contains(&format!("keydesk_feed_reloads_total{{cause=\"{cause}\"}} 1"))
    }

    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}
