//! Room to wait in: so much of it for one client, and so much for all.

use crate::Error;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Who waits at the moment, by the address of their client; those whose address nobody knows share one part.
#[derive(Debug)]
pub(super) struct Room {
    of_one_max: usize,
    max: usize,
    waiting: Mutex<HashMap<Option<IpAddr>, usize>>,
}

/// A place in it; given back when it is dropped.
pub(super) struct Place<'r>(&'r Room, Option<IpAddr>);

impl Room {
    pub(super) fn new(of_one_max: usize, max: usize) -> Room {
        Room { of_one_max, max, waiting: Mutex::default() }
    }

    /// Takes a place.
    ///
    /// # Errors
    /// There is none left for this client, or at all.
    pub(super) fn place(&self, client: Option<IpAddr>) -> Result<Place<'_>, Error> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = waiting.values().sum();
        let own = waiting.get(&client).copied().unwrap_or(0);
        if own >= self.of_one_max || all >= self.max {
            let message = "too many sign-ins at once: try again in a few seconds".into();
            return Err(Error::TooOften { message, retry_after: 3 });
        }
        waiting.insert(client, own + 1);
        Ok(Place(self, client))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = waiting.get_mut(&self.1) {
            *own -= 1;
            if *own == 0 {
                waiting.remove(&self.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Room;
    use std::net::IpAddr;

    #[test]
    fn one_client_leaves_room_for_others_and_places_come_back() {
        let room = Room::new(2, 3);
        let client = |last| Some(IpAddr::from([203, 0, 113, last]));
        let first = room.place(client(1)).unwrap_or_else(|_| panic!("room"));
        let _second = room.place(client(1)).unwrap_or_else(|_| panic!("room"));
        assert!(room.place(client(1)).is_err(), "of one");
        let _third = room.place(client(2)).unwrap_or_else(|_| panic!("room"));
        assert!(room.place(None).is_err(), "of all");
        drop(first);
        assert!(room.place(client(1)).is_ok());
        assert!(room.waiting.lock().unwrap().len() == 2);
    }
}
