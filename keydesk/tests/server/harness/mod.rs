//! A server under test: the built binary on a scratch folder, spoken to over sockets as anybody would.

mod bearer;
mod buyer;
mod census;
mod forge;
mod people;
mod postgres;
mod process;
mod record;
mod site;
mod tally;
mod tenant;
mod upstream;
mod wire;

pub(crate) use bearer::{Bearer, thumbprint};
pub(crate) use buyer::bought;
pub(crate) use census::Census;
pub(crate) use forge::{Forge, claims, part, seconds};
pub(crate) use process::Server;
pub(crate) use site::{Site, ended, keydesk};
pub(crate) use tally::Tally;
pub(crate) use tenant::{Key, Tenant};
pub(crate) use upstream::{Seen, Upstream, answer};
pub(crate) use wire::{Answer, Request, exchange};

/// A variable of the test run. The server itself takes none of these.
#[expect(clippy::disallowed_methods, reason = "the one place where the tests read the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A fresh server with its first organization: what most tests begin with.
pub(crate) struct Stage {
    pub(crate) owner: Tenant,
    pub(crate) server: Server,
    pub(crate) site: Site,
}

impl Stage {
    pub(crate) fn sqlite() -> Stage {
        Stage::on(Site::sqlite())
    }

    pub(crate) fn on(site: Site) -> Stage {
        let server = site.start();
        let owner = site.owner(&server);
        Stage { owner, server, site }
    }

    /// Somebody else's organization on the same server.
    pub(crate) fn stranger(&self) -> Tenant {
        self.site.organization(&self.server, &["--name", "stranger"])
    }
}
