//! The store's promises, each on SQLite and on PostgreSQL.
//!
//! `KEYDESK_TEST_POSTGRES` is the URL of a role that may create databases, `KEYDESK_TEST_SMALL_DISK` a
//! directory on a disk of 8 MiB; `./test` sets both. With `KEYDESK_TEST_EMBEDDED_ONLY` set, the
//! PostgreSQL half is left out.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on says where it stopped"
)]

mod bounds;
mod cascades;
mod ceilings;
mod chain;
mod counting;
mod full_disk;
mod held;
mod idempotency;
mod imports;
mod keys;
mod kill;
mod late;
mod lists;
mod lost_connection;
mod memory;
mod metering;
mod nodes;
mod opening;
mod operations;
mod people;
mod place;
mod queue;
mod records;
mod resources;
mod round_trip;
mod secrets;
mod sessions;
mod signing_keys;
mod silent_server;
mod sound;
mod unwritten;
mod usage;
mod versions;

/// Makes two tests of one function: `name::sqlite` and `name::postgres`.
macro_rules! both {
    ($name:ident) => {
        mod $name {
            use crate::place::Place;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(&Place::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(place) = Place::postgres().await {
                    super::$name(&place).await;
                }
            }
        }
    };
}
use both;
