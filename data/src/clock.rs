//! Two times: one that leases are counted on, and the time of day that decisions are made at.
//!
//! Leases use `CLOCK_BOOTTIME`, which runs on while the machine sleeps: a node that was suspended knows that its
//! lease ran out. It is read fresh for every decision (some 20 ns).

use domain::Timestamp;
use rustix::time::{ClockId, clock_gettime};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// A moment on `CLOCK_BOOTTIME`, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BootTime(i64);

impl BootTime {
    /// When the machine started: a lease until then has always run out.
    pub const START: BootTime = BootTime(0);

    /// The moment this much later, or the last one there is.
    #[must_use]
    pub fn plus(self, duration: Duration) -> BootTime {
        BootTime(self.0.saturating_add(nanos(duration)))
    }

    /// How long it is from `earlier` to this moment; zero when that is not earlier.
    pub fn since(self, earlier: BootTime) -> Duration {
        Duration::from_nanos(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// Where the data plane reads time. Clones share what they have seen.
#[derive(Clone)]
pub struct Clock {
    boot: Boot,
    wall: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    seen: Arc<AtomicI64>,
}

#[derive(Clone)]
enum Boot {
    System,
    Hand(Hand),
}

impl Clock {
    /// The machine's clock, with the time of day as the binary reads it.
    pub fn system(wall: impl Fn() -> Timestamp + Send + Sync + 'static) -> Clock {
        Clock { boot: Boot::System, wall: Arc::new(wall), seen: Arc::default() }
    }

    /// A clock that stands still until the hand moves it, for tests.
    pub fn by_hand() -> (Clock, Hand) {
        let hand = Hand { boot: Arc::new(AtomicI64::new(1)), wall: Arc::default() };
        let wall = Arc::clone(&hand.wall);
        let read = move || Timestamp::from_micros(wall.load(Ordering::SeqCst));
        (Clock { boot: Boot::Hand(hand.clone()), wall: Arc::new(read), seen: Arc::default() }, hand)
    }

    /// The moment leases are compared with.
    pub fn boot(&self) -> BootTime {
        match &self.boot {
            Boot::System => {
                let time = clock_gettime(ClockId::Boottime);
                BootTime(time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec))
            }
            Boot::Hand(hand) => BootTime(hand.boot.load(Ordering::SeqCst)),
        }
    }

    /// The time of day, which never goes back: a clock that was set back must not revive an expired key.
    pub fn now(&self) -> Timestamp {
        let wall = (self.wall)();
        let before = self.seen.fetch_max(wall.micros(), Ordering::Relaxed);
        wall.max(Timestamp::from_micros(before))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Moves a clock made by [`Clock::by_hand`].
#[derive(Debug, Clone)]
pub struct Hand {
    boot: Arc<AtomicI64>,
    wall: Arc<AtomicI64>,
}

impl Hand {
    /// Lets this much time pass.
    pub fn advance(&self, duration: Duration) {
        self.boot.fetch_add(nanos(duration), Ordering::SeqCst);
        self.wall.fetch_add(nanos(duration) / 1000, Ordering::SeqCst);
    }

    /// Sets the time of day, and that alone.
    pub fn set_wall(&self, time: Timestamp) {
        self.wall.store(time.micros(), Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use domain::Timestamp;
    use std::time::Duration;

    #[test]
    fn the_time_of_day_never_goes_back() {
        let (clock, hand) = Clock::by_hand();
        let later = Timestamp::from_micros(1_000_000).plus_seconds(24 * 3600);
        hand.set_wall(later);
        assert_eq!(clock.now(), later);
        hand.set_wall(Timestamp::from_micros(1_000_000));
        assert_eq!((clock.now(), clock.clone().now()), (later, later));
    }

    #[test]
    fn boot_time_runs_forward() {
        let clock = Clock::system(|| Timestamp::from_micros(0));
        let start = clock.boot();
        assert!(clock.boot() >= start && start.plus(Duration::MAX) > start);
        assert_eq!(start.since(start.plus(Duration::from_secs(1))), Duration::ZERO);
    }
}
