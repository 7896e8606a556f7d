//! Whether PostgreSQL answered a commit with a warning.
//!
//! A wait for a synchronous standby that was cut short is such a warning: the commit stands here, and nobody
//! knows whether it stands there. The driver only logs it, so the log of that one statement is listened to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::instrument::WithSubscriber;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};

/// Where the driver logs what the server remarks.
const NOTICES: &str = "sqlx::postgres::notice";

/// Listens to statements. Made once for each writer, as every new listener has all log lines looked at again.
#[derive(Debug)]
pub(super) struct Witness {
    dispatch: Dispatch,
    warned: Arc<AtomicBool>,
}

impl Witness {
    pub(super) fn new() -> Witness {
        let warned = Arc::new(AtomicBool::new(false));
        Witness { dispatch: Dispatch::new(Listener(Arc::clone(&warned))), warned }
    }

    /// Runs the statement; true when the server warned meanwhile.
    pub(super) async fn warned_in<T>(&self, statement: impl Future<Output = T>) -> (T, bool) {
        self.warned.store(false, Ordering::Relaxed);
        let answer = statement.with_subscriber(self.dispatch.clone()).await;
        (answer, self.warned.load(Ordering::Relaxed))
    }
}

#[derive(Debug)]
struct Listener(Arc<AtomicBool>);

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == NOTICES && *metadata.level() <= Level::WARN
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::WARN)
    }

    fn event(&self, _: &Event<'_>) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
