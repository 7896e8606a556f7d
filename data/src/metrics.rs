//! What an operator can watch: the `/metrics` text. No label names a key, a project or an organization.

use crate::Live;
use crate::follow::Fault;
use api::verify::VerifyCode;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::sync::atomic::AtomicU64;
use std::time::Duration;

/// One label and its value.
type Label = [(&'static str, &'static str); 1];

/// Decisions between two that are timed: the histogram takes a lock, the counters do not.
const SAMPLE: u64 = 16;

/// Upper bounds in seconds, from half a microsecond to a second.
const BUCKETS: [f64; 13] = [5e-7, 1e-6, 2e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 1e-3, 1e-2, 1e-1, 1.0];

/// All metrics of the data plane.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    codes: Codes,
    stale: Counter,
    duration: Histogram,
    reloads: Family<Label, Counter>,
    version: Gauge,
    keys: Gauge,
    lease_left: Gauge<f64, AtomicU64>,
    pub(crate) usage: Usage,
}

/// How metering goes.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    /// Calls that were counted.
    pub(crate) calls: Counter,
    /// Those among them whose resource or network is under `other`.
    pub(crate) folded: Counter,
    /// Calls that were not counted, because memory was short.
    pub(crate) unseen: Counter,
    /// Keys that were forgotten before their hour was over, because memory was short.
    pub(crate) evicted: Counter,
    /// Batches on record.
    pub(crate) flushes: Counter,
    /// Batches that had to be sent again.
    pub(crate) failures: Counter,
    /// Bytes of memory in use for counting.
    pub(crate) bytes: Gauge,
}

/// One counter for each code, found without a lock or a hash.
#[derive(Debug)]
struct Codes {
    allowed: Counter,
    malformed: Counter,
    unknown: Counter,
    revoked: Counter,
    disabled: Counter,
    expired: Counter,
    ip_not_allowed: Counter,
    insufficient_scope: Counter,
    rate_limited: Counter,
    quota_exceeded: Counter,
}

impl Metrics {
    /// All at zero. `version` is the program's.
    pub fn new(version: &'static str) -> Metrics {
        let mut registry = Registry::with_prefix("keydesk");
        let verify = Family::<Label, Counter>::default();
        let code = |code| verify.get_or_create_owned(&[("code", code)]);
        let metrics = Metrics {
            codes: Codes::new(code),
            stale: code("stale"),
            duration: Histogram::new(BUCKETS),
            reloads: Family::default(),
            version: Gauge::default(),
            keys: Gauge::default(),
            lease_left: Gauge::default(),
            usage: Usage::default(),
            registry: Registry::default(),
        };
        registry.register("verify", "Decisions, and calls refused because the node was stale", verify);
        let help = "Time of the decision itself, one in sixteen";
        registry.register_with_unit("verify_duration", help, Unit::Seconds, metrics.duration.clone());
        registry.register(
            "snapshot_version",
            "Version of the log that is applied here",
            metrics.version.clone(),
        );
        registry.register("keys", "Keys known here, revoked ones included", metrics.keys.clone());
        let help = "How long this node may answer without hearing from the log";
        registry.register("lease_seconds_left", help, metrics.lease_left.clone());
        let help = "How often everything was loaded again because history was not as expected";
        registry.register("feed_reloads", help, metrics.reloads.clone());
        metrics.usage.register(&mut registry);
        registry.register("build", "The program", Info::new([("version", version)]));
        Metrics { registry, ..metrics }
    }

    /// Counts a decision; `took` is called, and its answer noted, for one in sixteen of each code.
    pub(crate) fn decided(&self, code: VerifyCode, took: impl FnOnce() -> Duration) {
        if self.codes.of(code).inc().is_multiple_of(SAMPLE) {
            self.duration.observe(took().as_secs_f64());
        }
    }

    /// Counts a call that was not decided because the lease had run out.
    pub(crate) fn stale(&self) {
        self.stale.inc();
    }

    pub(crate) fn reloaded(&self, fault: &Fault) {
        self.reloads.get_or_create(&[("cause", fault.label())]).inc();
    }

    /// The text of `/metrics`.
    pub(crate) fn render(&self, live: &Live) -> Result<String, std::fmt::Error> {
        self.version.set(live.version().map_or(0, |version| version.0));
        self.keys.set(i64::try_from(live.key_count()).unwrap_or(i64::MAX));
        self.lease_left.set(live.lease_left().as_secs_f64());
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl Usage {
    fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("usage");
        registry.register("calls", "Calls of known keys that were counted", self.calls.clone());
        registry.register("folded", "Calls counted under `other`", self.folded.clone());
        registry.register("unseen", "Calls not counted because memory was short", self.unseen.clone());
        let help = "Keys forgotten before their hour was over because memory was short";
        registry.register("evicted", help, self.evicted.clone());
        registry.register("flushes", "Batches of counts written to the database", self.flushes.clone());
        registry.register("flush_failures", "Batches that had to be sent again", self.failures.clone());
        registry.register(
            "memory_bytes",
            "Memory in use for counting, as it is reckoned",
            self.bytes.clone(),
        );
    }
}

impl Codes {
    fn new(code: impl Fn(&'static str) -> Counter) -> Codes {
        Codes {
            allowed: code("allowed"),
            malformed: code("malformed"),
            unknown: code("unknown"),
            revoked: code("revoked"),
            disabled: code("disabled"),
            expired: code("expired"),
            ip_not_allowed: code("ip_not_allowed"),
            insufficient_scope: code("insufficient_scope"),
            rate_limited: code("rate_limited"),
            quota_exceeded: code("quota_exceeded"),
        }
    }

    fn of(&self, code: VerifyCode) -> &Counter {
        match code {
            VerifyCode::Allowed => &self.allowed,
            VerifyCode::Malformed => &self.malformed,
            VerifyCode::Unknown => &self.unknown,
            VerifyCode::Revoked => &self.revoked,
            VerifyCode::Disabled => &self.disabled,
            VerifyCode::Expired => &self.expired,
            VerifyCode::IpNotAllowed => &self.ip_not_allowed,
            VerifyCode::InsufficientScope => &self.insufficient_scope,
            VerifyCode::RateLimited => &self.rate_limited,
            VerifyCode::QuotaExceeded => &self.quota_exceeded,
        }
    }
}
