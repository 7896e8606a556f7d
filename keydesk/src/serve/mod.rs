//! `keydesk serve`: the only wiring of the two planes.

mod feed;
mod first_run;
mod listeners;
mod lock;
mod logging;
mod signals;
mod upkeep;
mod usage;
mod watched;

use crate::config::{self, Config, Flags};
use crate::exit::{Fault, Kind};
use crate::workspace::fault;
use crate::{clock, output};
use control::ops::setup;
use control::store::Database;
use control::{App, Known, Visible};
use data::http::Phase;
use data::{Bounds, Clock, Flusher, Follower, Gate, Live, Meter, Metrics, NodeId, Nudge, Pace};
use listeners::{Bound, Doors};
use rand_core::{Rng, UnwrapErr};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// `keydesk serve`
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    flags: Flags,
}

impl Serve {
    pub(crate) fn run(self) -> Result<(), Fault> {
        config::refuse_unknown()?;
        let folder = self.flags.place.folder()?;
        let config = Config::resolve(self.flags, &folder)?;
        logging::start(&config)?;
        lock::no_core_dumps();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let failed = |error: std::io::Error| Fault::new(Kind::Software, "runtime", error.to_string());
        runtime.map_err(failed)?.block_on(serve(&config, &folder))
    }
}

/// The data plane's parts that control needs to know of.
struct Memory {
    live: Arc<Live>,
    nudge: Nudge,
}

async fn serve(config: &Config, folder: &Path) -> Result<(), Fault> {
    let database = config.place.database(folder);
    // Held until the end: a second server on the same file would follow its own idea of the log.
    let _lock = match &database {
        Database::Sqlite(_) => Some(lock::take(folder)?),
        Database::Postgres(_) => None,
    };
    let bound = Bound::bind(config).await?;
    let issuer = config.public_url.clone().unwrap_or_else(|| format!("http://{}", bound.public_address));
    let memory = Memory { live: Arc::new(Live::new(Clock::system(clock::now))), nudge: Nudge::default() };
    let app =
        config.place.open(&issuer, visible(&memory), known(&memory), config.public_proxies.clone()).await?;
    if let Some(file) = &config.catalog {
        let catalog = crate::commands::catalog::read(file)?;
        setup::replace_catalog(&app, catalog).await.map_err(fault)?;
    }
    if let Some(lease) = config.lease {
        setup::set_lease(&app, lease).await.map_err(fault)?;
    }
    first_run::unless_done(&app, folder, &issuer).await?;
    run(config, bound, app, memory, &database).await
}

/// What this node decides on, while it may.
fn known(memory: &Memory) -> Known {
    let live = Arc::clone(&memory.live);
    Arc::new(move || live.known())
}

/// Has the log read, and waits until what was committed is what this node decides on.
fn visible(memory: &Memory) -> Visible {
    let (live, nudge) = (Arc::clone(&memory.live), memory.nudge.clone());
    Arc::new(move |version| {
        let live = Arc::clone(&live);
        nudge.wake();
        Box::pin(async move { live.wait_applied(version).await })
    })
}

async fn run(
    config: &Config,
    bound: Bound,
    app: Arc<App>,
    memory: Memory,
    database: &Database,
) -> Result<(), Fault> {
    let metrics = Arc::new(Metrics::new(env!("CARGO_PKG_VERSION")));
    let source = feed::Feed(app.store.for_feed());
    let live = Arc::clone(&memory.live);
    let follower = Follower::new(
        source,
        Arc::clone(&live),
        Arc::clone(&metrics),
        memory.nudge,
        Pace::default(),
        draw_node_id,
    );
    let (stop, stopped) = oneshot::channel::<()>();
    let following = tokio::spawn(follower.run(async move {
        // A sender that is gone has stopped as well.
        let _ = stopped.await;
    }));

    let (phase, seen) = watch::channel(Phase::Starting);
    let (drain, draining) = watch::channel(false);
    let meter = Arc::new(Meter::new(Bounds::default(), Arc::clone(&metrics)));
    let record = usage::Record(Arc::clone(&app));
    let flusher = Flusher::new(Arc::clone(&meter), record, Clock::system(clock::now), draw_node_id());
    let (last_call, last_called) = oneshot::channel::<()>();
    let flushing = tokio::spawn(flusher.run(async move {
        let _ = last_called.await;
    }));
    let gate = Gate::new(Arc::clone(&live), app.pepper.clone(), app.issuer.clone(), Arc::clone(&metrics))
        .metered(meter);
    let gate = Arc::new(gate);
    let gateway = config.gateway_listen.map(|_| Arc::clone(&gate));
    let warn = || config.gateway_credentials.warn_of_missing(gateway.as_deref());
    let addresses = (bound.public_address, bound.data_address, bound.gateway_address());
    let doors = Doors::open(config, bound, &app, gate, Arc::clone(&live), metrics, seen, draining);
    let ending = tokio::select! {
        // A signal may come while everything is still being loaded.
        ending = signals::until_end(&app, config, gateway.as_deref(), database) => ending,
        never = serving(&app, &live, &phase, addresses, config.data_socket.as_deref(), warn) => match never {},
        never = upkeep::sweep(&app) => match never {},
        never = upkeep::tend_signing_keys(&app, config.signing_key_days) => match never {},
        never = usage::keep(&app.store, config.usage_retention) => match never {},
    };
    phase.send_replace(Phase::Draining);
    tracing::info!("draining: no new connections, requests under way are finished");
    drain.send_replace(true);
    doors.closed().await;
    // Nobody asks any more: what was counted goes on record.
    let _ = last_call.send(());
    let _ = flushing.await;
    // Only now, when nobody can ask any more, does the node leave the record.
    let _ = stop.send(());
    let _ = following.await;
    ending
}

/// Says `ready` once this node decides, and not before.
async fn serving(
    app: &App,
    live: &Live,
    phase: &watch::Sender<Phase>,
    (public, data, gateway): (SocketAddr, SocketAddr, Option<SocketAddr>),
    data_socket: Option<&Path>,
    warn: impl FnOnce(),
) -> Infallible {
    while live.lease_left().is_zero() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    phase.send_replace(Phase::Serving);
    tracing::info!("public listener on {public} as {}, data listener on {data}", app.issuer.url());
    if let Some(path) = data_socket {
        tracing::info!("data listener at {}", path.display());
    }
    if let Some(gateway) = gateway {
        tracing::info!("gateway on {gateway}");
    }
    warn();
    output::note("ready");
    std::future::pending().await
}

fn draw_node_id() -> NodeId {
    let mut bytes = [0; 16];
    UnwrapErr(getrandom::SysRng).fill_bytes(&mut bytes);
    NodeId::from_random(bytes)
}
