//! A deadline that moves with every piece that comes. One that moved away is left to the next ring, because re-arming
//! for every piece costs more than a ring.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep_until};

#[derive(Debug)]
pub(super) struct Alarm {
    due: Instant,
    /// Made when somebody first has to wait.
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Alarm {
    pub(super) fn after(wait: Duration) -> Alarm {
        Alarm { due: Instant::now() + wait, sleep: None }
    }

    pub(super) fn set(&mut self, wait: Duration) {
        self.due = Instant::now() + wait;
    }

    /// Ready when it is too late.
    pub(super) fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let due = self.due;
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
