//! Calls as they are counted: which key did what, where from, with which outcome, in which hour.

use crate::{Action, KeyId, OrganizationId, ProjectId, Reason, Timestamp};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// What stands for the resources and networks that are not kept apart any more. No resource and no network is
/// written like this.
pub const OTHER: &str = "other";

const HOUR_MICROS: i64 = 3_600_000_000;

/// Calls of one key in one hour that are alike in everything that is counted apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// The key.
    pub key: KeyId,
    /// Its organization.
    pub organization: OrganizationId,
    /// Its project.
    pub project: ProjectId,
    /// The start of the UTC hour.
    pub hour: Timestamp,
    /// What was asked for; `None` when the key was only authenticated.
    pub action: Option<Action>,
    /// The whole address that was asked for, in its canonical form; empty when none was, or [`OTHER`].
    pub resource: Arc<str>,
    /// Whether the call named the organization it meant.
    pub organization_named: bool,
    /// Why they were refused; `None` when they were allowed.
    pub refused: Option<Reason>,
    /// Where they came from.
    pub network: ClientNetwork,
    /// How many, one at least.
    pub calls: i64,
    /// When the first of them was decided.
    pub first_at: Timestamp,
    /// When the last of them was.
    pub last_at: Timestamp,
}

impl Called {
    /// The outcome as a verification says it.
    pub fn outcome(&self) -> &'static str {
        self.refused.map_or("allowed", Reason::code)
    }
}

/// When a key last opened something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastUse {
    /// When it was decided.
    pub at: Timestamp,
    /// Where from, when somebody trustworthy said so.
    pub ip: Option<IpAddr>,
}

/// Calls that were decided and could not be counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    /// Whose; `None` when not even that could be kept: then they may be anybody's.
    pub organization: Option<OrganizationId>,
    /// With which key; `None` for any key of the organization.
    pub key: Option<KeyId>,
    /// The start of the UTC hour.
    pub hour: Timestamp,
    /// How many.
    pub calls: i64,
}

/// What one process counted and hands over at once. It is on record whole or not at all, and once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageBatch {
    /// The process, by a name that no other one had or will have.
    pub node: String,
    /// 1, 2, 3 … within the process. The same number is always the same batch.
    pub sequence: i64,
    /// What was counted.
    pub called: Vec<Called>,
    /// The newest use of keys that were used.
    pub last_uses: Vec<(KeyId, LastUse)>,
    /// What was not counted.
    pub unseen: Vec<Unseen>,
}

/// A client's network, no closer than one customer's: /24 of IPv4, /48 of IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientNetwork {
    /// Nobody trustworthy said where the call came from.
    Unknown,
    /// The first three bytes.
    V4([u8; 3]),
    /// The first six bytes.
    V6([u8; 6]),
    /// One of those that are not kept apart any more.
    Other,
}

impl ClientNetwork {
    /// The network of a client. Its address must be canonical: IPv4 in IPv6 clothes is another network.
    pub fn of(client: Option<IpAddr>) -> ClientNetwork {
        match client {
            None => ClientNetwork::Unknown,
            Some(IpAddr::V4(address)) => {
                let [a, b, c, _] = address.octets();
                ClientNetwork::V4([a, b, c])
            }
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, e, f, ..] = address.octets();
                ClientNetwork::V6([a, b, c, d, e, f])
            }
        }
    }
}

impl fmt::Display for ClientNetwork {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            ClientNetwork::Unknown => Ok(()),
            ClientNetwork::V4([a, b, c]) => write!(out, "{a}.{b}.{c}.0/24"),
            ClientNetwork::V6([a, b, c, d, e, f]) => {
                let pair = |high, low| u16::from_be_bytes([high, low]);
                let address = Ipv6Addr::new(pair(a, b), pair(c, d), pair(e, f), 0, 0, 0, 0, 0);
                write!(out, "{address}/48")
            }
            ClientNetwork::Other => out.write_str(OTHER),
        }
    }
}

impl Timestamp {
    /// The start of the UTC hour it lies in.
    #[must_use]
    pub const fn hour(self) -> Timestamp {
        Timestamp::from_micros(self.micros() - self.micros().rem_euclid(HOUR_MICROS))
    }
}

#[cfg(test)]
mod tests {
    use super::ClientNetwork;
    use crate::Timestamp;

    #[test]
    fn a_network_is_one_customers_and_no_closer() {
        for (client, network) in [
            (Some("203.0.113.9"), "203.0.113.0/24"),
            (Some("0.0.0.0"), "0.0.0.0/24"),
            (Some("2001:db8::9"), "2001:db8::/48"),
            (Some("2001:db8:ff00:1::9"), "2001:db8:ff00::/48"),
            (None, ""),
        ] {
            let client = client.map(|text| text.parse().unwrap());
            assert_eq!(ClientNetwork::of(client).to_string(), network);
        }
    }

    #[test]
    fn an_hour_begins_where_the_one_before_ends() {
        let hour = Timestamp::from_micros(7 * 3_600_000_000);
        assert_eq!(hour.hour(), hour);
        assert_eq!(Timestamp::from_micros(hour.micros() + 3_599_999_999).hour(), hour);
        assert_eq!(Timestamp::from_micros(-1).hour(), Timestamp::from_micros(-3_600_000_000));
    }
}
