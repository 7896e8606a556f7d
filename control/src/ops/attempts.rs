//! Who tried to sign in, and failed: each further try is answered later. Nobody is locked out, as that would let
//! anybody lock anybody out.

use super::room::Room;
use crate::Error;
use domain::Email;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Failures that cost nothing, of one person's address and from one of the network, behind which there may be many
/// people; and the longest delay.
const FREE: u32 = 3;
const FREE_OF_CLIENT: u32 = 12;
const DELAY_MAX: Duration = Duration::from_secs(8);
/// Failures are forgotten this long after the last one.
const MEMORY: Duration = Duration::from_secs(15 * 60);
/// Names and addresses kept, and requests that wait at once, from one client and from all; further ones are refused.
const KEPT_MAX: usize = 20_000;
const WAITING_OF_ONE_MAX: usize = 10;
const WAITING_MAX: usize = 1_000;

/// Failures of one address of a person, or from one address of the network.
#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Instant,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Who {
    Email(String),
    Client(IpAddr),
}

/// The failures there were of late.
#[derive(Debug)]
pub(crate) struct Attempts {
    failures: Mutex<HashMap<Who, Failures>>,
    waiting: Room,
}

impl Default for Attempts {
    fn default() -> Attempts {
        Attempts { failures: Mutex::default(), waiting: Room::new(WAITING_OF_ONE_MAX, WAITING_MAX) }
    }
}

fn both(email: &str, client: Option<IpAddr>) -> impl Iterator<Item = Who> {
    let email = Email::parse(email).ok().map(|email| Who::Email(email.lower()));
    email.into_iter().chain(client.map(Who::Client))
}

impl Attempts {
    /// Waits as long as the failures before this try ask for.
    ///
    /// # Errors
    /// Too many wait already, from this client or at all.
    pub(crate) async fn wait(&self, email: &str, client: Option<IpAddr>) -> Result<(), Error> {
        let delay = self.delay(email, client);
        if delay.is_zero() {
            return Ok(());
        }
        let _place = self.waiting.place(client)?;
        tokio::time::sleep(delay).await;
        Ok(())
    }

    fn delay(&self, email: &str, client: Option<IpAddr>) -> Duration {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let beyond = |who: Who| {
            let found = failures.get(&who).filter(|found| found.last.elapsed() < MEMORY)?;
            let free = if matches!(who, Who::Email(_)) { FREE } else { FREE_OF_CLIENT };
            Some(found.count.saturating_sub(free))
        };
        let beyond = both(email, client).filter_map(beyond).max().unwrap_or(0);
        if beyond == 0 { Duration::ZERO } else { Duration::from_millis(250 << beyond.min(6)).min(DELAY_MAX) }
    }

    /// Notes a failure.
    pub(crate) fn failed(&self, email: &str, client: Option<IpAddr>) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= KEPT_MAX {
            failures.retain(|_, found| found.last.elapsed() < MEMORY);
        }
        if failures.len() >= KEPT_MAX {
            failures.clear();
        }
        for who in both(email, client) {
            let found = failures.entry(who).or_insert(Failures { count: 0, last: Instant::now() });
            let old = found.last.elapsed() >= MEMORY;
            *found =
                Failures { count: if old { 1 } else { found.count.saturating_add(1) }, last: Instant::now() };
        }
    }

    /// Whoever signs in has made up for the failures of this name; those of the network's address stay, as a guesser
    /// may have an account, too.
    pub(crate) fn succeeded(&self, email: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for who in both(email, None) {
            failures.remove(&who);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Attempts, DELAY_MAX};
    use std::net::IpAddr;
    use std::time::Duration;

    #[test]
    fn each_further_failure_waits_longer_and_nobody_is_locked_out() {
        let (attempts, client) = (Attempts::default(), Some(IpAddr::from([203, 0, 113, 7])));
        let mut delays = Vec::new();
        for _ in 0..20 {
            delays.push(attempts.delay("ada@example.com", None));
            attempts.failed("ada@example.com", client);
        }
        assert_eq!(delays.iter().filter(|delay| delay.is_zero()).count(), 4);
        assert!(delays.is_sorted() && delays.last() == Some(&DELAY_MAX), "{delays:?}");
        assert_eq!(attempts.delay("ADA@example.com", None), DELAY_MAX, "from elsewhere, in other letters");
        assert_eq!(attempts.delay("bob@example.com", client), DELAY_MAX, "another name from there");
        assert_eq!(attempts.delay("bob@example.com", None), Duration::ZERO);

        attempts.succeeded("ada@example.com");
        assert_eq!(attempts.delay("ada@example.com", None), Duration::ZERO);
        assert_eq!(
            attempts.delay("ada@example.com", client),
            DELAY_MAX,
            "a guesser may have an account, too"
        );
    }
}
