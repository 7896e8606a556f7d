//! The organization of the credentials: nobody sees another one.

use super::Session;
use crate::exit::{Fault, Kind};
use serde::Deserialize;

#[derive(Deserialize)]
struct Organizations {
    data: Vec<Organization>,
}

#[derive(Deserialize)]
struct Organization {
    id: String,
}

impl Session {
    /// Its id.
    pub(crate) fn organization(&mut self) -> Result<String, Fault> {
        let found: Organizations = self.get("/admin/organizations")?;
        let own = found.data.into_iter().next().map(|organization| organization.id);
        own.ok_or_else(|| {
            Fault::new(Kind::Protocol, "protocol", "the server's answer is not what Keydesk sends")
        })
    }
}
