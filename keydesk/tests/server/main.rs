//! The promises of the server, kept against hostile input: the built binary, spoken to over sockets.
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

/// Makes two tests of one function: `name::sqlite` and `name::postgres`.
macro_rules! both {
    ($name:ident) => {
        mod $name {
            use crate::harness::Site;

            #[test]
            fn sqlite() {
                super::$name(Site::sqlite());
            }

            #[test]
            fn postgres() {
                if let Some(site) = Site::postgres() {
                    super::$name(site);
                }
            }
        }
    };
}

mod administrators;
mod advice;
mod advised;
mod bodies;
mod catalog;
mod ceilings;
mod clients;
mod commands;
mod configuration;
mod console;
mod crashes;
mod credentials;
mod damage;
mod decisions;
mod disk;
mod doors;
mod framing;
mod gateway;
mod granted;
mod grants;
mod graphql;
mod harness;
mod idempotency;
mod ids;
mod imports;
mod json_texts;
mod networks;
mod nodes;
mod oauth;
mod objects;
mod paging;
mod parents;
mod people;
mod plans;
mod preconditions;
mod presented;
mod races;
mod reach;
mod removal;
mod resource_command;
mod resources;
mod revocation;
mod role_bindings;
mod routes;
mod secrets;
mod service_accounts;
mod starts;
mod states;
mod times;
mod tokens;
mod usage;
mod verify;
mod walk;
mod worked;
mod wrong_secrets;
