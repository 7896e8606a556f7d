//! Where a connection stands, and until when it may stand there.
//!
//! hyper's own head timer also runs while a connection is idle: it cannot tell a slow head from a quiet
//! client.

use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;
use std::{future::poll_fn, task::ready};

use http::StatusCode;
use tokio::time::{Instant, sleep_until};

use super::limits::Limits;
use super::refusal::Refusal;

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Everything is answered, and nothing of another request has come.
    Quiet,
    /// Some of a head has come.
    Head,
    /// A route has the request.
    Serving,
    /// The answer is complete but not all of it is sent.
    Answered,
}

/// Shared by the halves of one connection: its socket, its requests' bodies and the answers.
#[derive(Debug)]
pub(super) struct Pace {
    limits: Limits,
    now: Mutex<Standing>,
}

#[derive(Debug)]
struct Standing {
    phase: Phase,
    due: Option<Instant>,
    is_stalled: bool,
    breach: Option<Refusal>,
    swallowed: Option<StatusCode>,
    doubt: Option<Refusal>,
}

impl Pace {
    /// The first head must be there by `due`.
    pub(super) fn new(limits: Limits, due: Instant) -> Self {
        let due = Some(due);
        let now = Standing {
            phase: Phase::Quiet,
            due,
            is_stalled: false,
            breach: None,
            swallowed: None,
            doubt: None,
        };
        Self { limits, now: Mutex::new(now) }
    }

    pub(super) fn phase(&self) -> Phase {
        self.now().phase
    }

    pub(super) fn serving(&self) {
        let mut now = self.now();
        now.enter(Phase::Serving, None);
        now.breach = None;
    }

    pub(super) fn answered(&self) {
        self.now().phase = Phase::Answered;
    }

    /// Everything that hyper had to send is sent.
    pub(super) fn flushed(&self) {
        let mut now = self.now();
        if now.phase == Phase::Answered {
            now.enter(Phase::Quiet, Some(self.limits.idle_wait));
        }
    }

    /// Something came from the client.
    pub(super) fn arrived(&self) {
        let mut now = self.now();
        if now.phase == Phase::Quiet {
            let due = now.due;
            now.enter(Phase::Head, Some(self.limits.head_wait));
            now.due = now.due.min(due);
        }
    }

    /// The client takes nothing of what is to be sent.
    pub(super) fn stalled(&self) {
        let mut now = self.now();
        if !now.is_stalled {
            now.is_stalled = true;
            now.due = Some(Instant::now() + self.limits.write_wait);
        }
    }

    pub(super) fn sent(&self) {
        let mut now = self.now();
        if now.is_stalled {
            now.is_stalled = false;
            now.due = None;
        }
    }

    /// The request broke a limit while a route was reading it; the first breach counts.
    pub(super) fn breach(&self, refusal: Refusal) {
        self.now().breach.get_or_insert(refusal);
    }

    pub(super) fn breached(&self) -> Option<Refusal> {
        self.now().breach
    }

    /// The bytes of the connection can be read in two ways: nothing more on it is believed.
    pub(super) fn doubt(&self, refusal: Refusal) {
        self.now().doubt.get_or_insert(refusal);
    }

    pub(super) fn doubted(&self) -> Option<Refusal> {
        self.now().doubt
    }

    /// hyper refused a request by itself, and the answer was held back so that ours goes out.
    pub(super) fn swallow(&self, status: StatusCode) {
        self.now().swallowed.get_or_insert(status);
    }

    pub(super) fn swallowed(&self) -> Option<StatusCode> {
        self.now().swallowed
    }

    /// Ends when the connection has overstayed. Must be polled after the connection, in the same task:
    /// nothing else wakes it when a deadline moves closer.
    pub(super) async fn overdue(&self) {
        let mut sleep = pin!(sleep_until(Instant::now() + self.limits.head_wait));
        poll_fn(|cx| {
            loop {
                let due = self.now().due;
                // A deadline that moved away is left to the next ring: re-arming costs more than a ring.
                if let Some(due) = due.filter(|due| *due < sleep.deadline()) {
                    sleep.as_mut().reset(due);
                }
                ready!(sleep.as_mut().poll(cx));
                let now = Instant::now();
                match due {
                    Some(due) if due <= now => return Poll::Ready(()),
                    Some(due) => sleep.as_mut().reset(due),
                    None => sleep.as_mut().reset(now + self.limits.head_wait),
                }
            }
        })
        .await;
    }

    fn now(&self) -> MutexGuard<'_, Standing> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    fn enter(&mut self, phase: Phase, wait: Option<Duration>) {
        self.phase = phase;
        self.due = wait.map(|wait| Instant::now() + wait);
        self.is_stalled = false;
    }
}
