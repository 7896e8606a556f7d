//! What is the same in every case: ids and secrets.

use domain::{Digest, ImportId, KeyId, KeySecret, OrganizationId, Pepper, ProjectId, ResourceId};
use rand_core::TryRng;
use std::convert::Infallible;
use std::sync::LazyLock;

/// The moment around which things happen.
pub(crate) const NOW: i64 = 1_800_000_000_000_000;

pub(crate) const ORGANIZATIONS: [&str; 2] = ["org_a", "org_b"];

/// Two of the first organization, two of the second. The one is the other's with a letter changed.
pub(crate) const PROJECTS: [&str; 4] = [
    "01890000-0000-7000-8000-0000000000a1",
    "01890000-0000-7000-8000-0000000000a2",
    "01890000-0000-7000-8000-0000000000b1",
    "01890000-0000-7000-8000-0000000000b2",
];

pub(crate) const KEYS: usize = 3;

/// The first of the secrets that are none of ours.
pub(crate) const FOREIGN: usize = 2;

/// Any two ids will do.
const IMPORTS: [&str; 2] = ["01890000-0000-7000-8000-0000000000c1", "01890000-0000-7000-8000-0000000000c2"];

pub(crate) fn import_id(at: usize) -> ImportId {
    ImportId::parse(named(&IMPORTS, at)).unwrap_or_else(|| unreachable!("an id of an import"))
}

/// No rule looks at the id of a registration.
pub(crate) fn resource_id() -> ResourceId {
    ResourceId::parse(named(&IMPORTS, 0)).unwrap_or_else(|| unreachable!("an id of a registration"))
}

pub(crate) fn organization_of(project: usize) -> usize {
    project / 2
}

/// The id of a number; there are no others.
pub(crate) fn named<'a>(names: &[&'a str], at: usize) -> &'a str {
    names.get(at).copied().unwrap_or_else(|| unreachable!("there is no number {at}"))
}

pub(crate) fn organization_id(at: usize) -> OrganizationId {
    let id = OrganizationId::parse(named(&ORGANIZATIONS, at));
    id.unwrap_or_else(|| unreachable!("an id of an organization"))
}

pub(crate) fn project_id(at: usize) -> ProjectId {
    ProjectId::parse(named(&PROJECTS, at)).unwrap_or_else(|| unreachable!("an id of a project"))
}

/// A key's id, and the secrets that it may have: two of ours, of two classes, and two that another system made, one of
/// them nearly ours.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) id: KeyId,
    secrets: [Secret; 4],
}

/// What a holder presents, and what is kept of it.
#[derive(Debug)]
pub(crate) struct Secret {
    pub(crate) text: String,
    pub(crate) digest: Digest,
}

pub(crate) static PEPPER: LazyLock<Pepper> = LazyLock::new(|| Pepper::new(&[7; 32]));

pub(crate) static HELD: LazyLock<Vec<Held>> = LazyLock::new(|| {
    let mut numbers = Numbers(crate::random::Random::new(0, 0));
    let held = |at: usize| Held {
        id: KeyId::generate(domain::Timestamp::from_micros(NOW), &mut numbers),
        secrets: [
            secret(KeySecret::generate("rpa", &mut numbers).expose()),
            secret(KeySecret::generate("avyad", &mut numbers).expose()),
            secret(&format!("old key {at}")),
            secret(&format!("{}!", KeySecret::generate("rpa", &mut numbers).expose())),
        ],
    };
    (0..KEYS).map(held).collect()
});

fn secret(text: &str) -> Secret {
    Secret { digest: PEPPER.digest(text.as_bytes()), text: text.to_owned() }
}

impl Held {
    pub(crate) fn secret(&self, at: usize) -> &Secret {
        self.secrets.get(at).unwrap_or_else(|| unreachable!("there is no secret {at}"))
    }
}

struct Numbers(crate::random::Random);

impl TryRng for Numbers {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|word| (word >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.iter_mut().for_each(|byte| *byte = self.0.next().to_le_bytes()[0]);
        Ok(())
    }
}
