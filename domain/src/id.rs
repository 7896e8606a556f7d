//! Typed ids, so that a key's id can never stand where a project's is wanted.

use rand_core::Rng;
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh id: UUID version 7 (RFC 9562 section 5.7), so ids sort by the time they were made.
            pub fn generate(now: crate::Timestamp, rng: &mut impl Rng) -> $name {
                let mut random = [0; 10];
                rng.fill_bytes(&mut random);
                let millis = u64::try_from(now.micros() / 1000).unwrap_or(0);
                $name(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }

            /// Reads the hyphenated form; anything else is no id of ours and names nothing.
            pub fn parse(text: &str) -> Option<$name> {
                (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten().map($name)
            }

            /// Whether the text is this id as Keydesk writes it, in lower case.
            pub fn is_written(&self, text: &str) -> bool {
                let mut buffer = uuid::Uuid::encode_buffer();
                &*self.0.as_hyphenated().encode_lower(&mut buffer) == text
            }

            /// Writes the id as [`fmt::Display`] does, without what formatting costs.
            pub fn write(&self, out: &mut String) {
                let mut buffer = uuid::Uuid::encode_buffer();
                out.push_str(self.0.as_hyphenated().encode_lower(&mut buffer));
            }

            /// The id as 16 bytes.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }
    };
}

uuid_id!(
    /// An API key's public id; it says nothing about the secret.
    KeyId
);

impl KeyId {
    /// When it was made: to the millisecond, as the id has it. An imported key is older, but not here.
    pub fn made_at(&self) -> crate::Timestamp {
        let [a, b, c, d, e, f, ..] = *self.0.as_bytes();
        let millis = i64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        crate::Timestamp::from_micros(millis.saturating_mul(1000))
    }
}

uuid_id!(
    /// A project's id.
    ProjectId
);

impl ProjectId {
    /// An id that no project has: what may be done there may be done in any project.
    pub(crate) const OF_NONE: ProjectId = ProjectId(Uuid::nil());
}

uuid_id!(
    /// A service account's id.
    ServiceAccountId
);
uuid_id!(
    /// The id of a person in an organization.
    UserId
);
uuid_id!(
    /// The id of an invitation, which is not that of the person who accepts it.
    InviteId
);
uuid_id!(
    /// The id of one role of one principal.
    RoleBindingId
);
uuid_id!(
    /// The id of an import of legacy keys.
    ImportId
);
uuid_id!(
    /// The id of a key that signs access tokens.
    SigningKeyId
);

uuid_id!(
    /// The id of an access token.
    TokenId
);
uuid_id!(
    /// The id of one registration of a resource.
    ResourceId
);
uuid_id!(
    /// The id of one browser that is signed in.
    SessionId
);

/// An organization's id: an opaque string of `[0-9A-Za-z_-]`, at most 64 long.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrganizationId(Box<str>);

impl OrganizationId {
    /// A fresh id: `org_` and 20 random characters (103 bits).
    pub fn generate(rng: &mut impl Rng) -> OrganizationId {
        let mut text = String::from("org_");
        crate::key::push_random(&mut text, 20, rng);
        OrganizationId(text.into())
    }

    /// Reads an id; anything outside the alphabet names nothing.
    pub fn parse(text: &str) -> Option<OrganizationId> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        ((1..=64).contains(&text.len()) && text.bytes().all(plain)).then(|| OrganizationId(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrganizationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for OrganizationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who did something: the command line on the machine itself, a machine principal, a person, or an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorId {
    /// A command run by whoever holds the data directory.
    Operator,
    /// A machine principal.
    ServiceAccount(ServiceAccountId),
    /// An API key that may administer.
    Key(KeyId),
    /// A person.
    User(UserId),
}

impl ActorId {
    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<ActorId> {
        match text.split_once(':') {
            None if text == "operator" => Some(ActorId::Operator),
            Some(("sa", id)) => ServiceAccountId::parse(id).map(ActorId::ServiceAccount),
            Some(("key", id)) => KeyId::parse(id).map(ActorId::Key),
            Some(("user", id)) => UserId::parse(id).map(ActorId::User),
            _ => None,
        }
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ActorId::Operator => f.write_str("operator"),
            ActorId::ServiceAccount(id) => write!(f, "sa:{id}"),
            ActorId::Key(id) => write!(f, "key:{id}"),
            ActorId::User(id) => write!(f, "user:{id}"),
        }
    }
}

impl Serialize for ActorId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ActorId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<ActorId, D::Error> {
        let text = String::deserialize(deserializer)?;
        ActorId::parse(&text).ok_or_else(|| serde::de::Error::custom("not an actor"))
    }
}
