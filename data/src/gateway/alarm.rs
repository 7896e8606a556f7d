//! A deadline that moves with every piece that comes. One that moved away is left to the next ring, because re-arming
//! for every piece costs more than a ring.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

#[derive(Debug)]
pub(super) struct Alarm {
    wait: Duration,
    /// Unknown until somebody has to wait: what comes at once asks no clock.
    due: Option<Instant>,
    /// Made when somebody first has to wait.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Alarm {
    pub(super) fn after(wait: Duration) -> Alarm {
        Alarm { wait, due: None, sleep: None }
    }

    pub(super) fn set(&mut self, wait: Duration) {
        (self.wait, self.due) = (wait, None);
    }

    /// Ready when it is too late.
    pub(super) fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = *self.due.get_or_insert_with(|| Instant::now() + self.wait);
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if due < sleep.deadline() {
            sleep.as_mut().reset(due);
        }
        while sleep.as_mut().poll(cx).is_ready() {
            if due <= Instant::now() {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(due);
        }
        Poll::Pending
    }
}
