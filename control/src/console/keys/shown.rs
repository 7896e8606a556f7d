//! A key as pages show it: its state in a word, what it may do in a line, and what stands out.

use crate::console::words::{Moment, count};
use crate::store::KeyRow;
use domain::{Catalog, Finding, Grant, KeyStatus, Timestamp, review};

/// A word with a colour that helps.
pub(in crate::console) struct Chip {
    pub(in crate::console) word: String,
    /// `good`, `warn`, `bad` or nothing.
    pub(in crate::console) tone: &'static str,
}

impl Chip {
    pub(in crate::console) fn new(word: impl Into<String>, tone: &'static str) -> Chip {
        Chip { word: word.into(), tone }
    }

    pub(in crate::console) fn of_status(status: KeyStatus) -> Chip {
        match status {
            KeyStatus::Active => Chip::new("Active", "good"),
            KeyStatus::Expired => Chip::new("Expired", "warn"),
            KeyStatus::Disabled => Chip::new("Disabled", "warn"),
            KeyStatus::Revoked => Chip::new("Revoked", "bad"),
        }
    }
}

/// A key in a list.
pub(in crate::console) struct ShownKey {
    pub(in crate::console) id: String,
    pub(in crate::console) name: String,
    pub(in crate::console) hint: String,
    pub(in crate::console) status: Chip,
    pub(in crate::console) access: String,
    pub(in crate::console) last_used: Option<Moment>,
    pub(in crate::console) expires: Option<Moment>,
    pub(in crate::console) badges: Vec<Chip>,
}

/// What is known when keys are shown.
pub(in crate::console) struct Knowledge<'a> {
    pub(in crate::console) catalog: &'a Catalog,
    /// Since when uses are on record.
    pub(in crate::console) recorded_since: Option<Timestamp>,
    pub(in crate::console) now: Timestamp,
}

/// A key that ends within this time is said to.
const SOON_SECONDS: i64 = 7 * 86_400;

impl ShownKey {
    pub(in crate::console) fn new(row: &KeyRow, known: &Knowledge<'_>) -> ShownKey {
        let (key, now) = (&row.key, known.now);
        ShownKey {
            id: key.id.to_string(),
            name: key.name.as_str().to_owned(),
            hint: key.hint.clone(),
            status: Chip::of_status(key.status(now)),
            access: in_a_line(&key.grant),
            last_used: row.last_use.as_ref().map(|used| Moment::new(used.at, now)),
            expires: key.expires_at.map(|end| Moment::new(end, now)),
            badges: badges(row, known),
        }
    }
}

/// A grant in a few words.
pub(in crate::console) fn in_a_line(grant: &Grant) -> String {
    match grant {
        Grant::Access(access) => match access.preset {
            domain::Preset::All => "All".into(),
            domain::Preset::ReadOnly => "Read only".into(),
            domain::Preset::Restricted => "Restricted".into(),
        },
        Grant::Roles(roles) => roles.iter().cloned().collect::<Vec<_>>().join(", "),
        Grant::Scopes(scopes) => match scopes.as_slice() {
            [(action, filter)] => format!("{action} on {filter}"),
            many => count(i64::try_from(many.len()).unwrap_or(i64::MAX), "scope"),
        },
    }
}

/// What stands out of a key. A dead one is left in peace.
fn badges(row: &KeyRow, known: &Knowledge<'_>) -> Vec<Chip> {
    let (key, now) = (&row.key, known.now);
    let mut badges = Vec::new();
    if key.import.is_some() {
        badges.push(Chip::new("Legacy", ""));
    }
    if matches!(key.status(now), KeyStatus::Revoked | KeyStatus::Expired) {
        return badges;
    }
    if let Some(end) = key.expires_at
        && end <= now.plus_seconds(SOON_SECONDS)
    {
        badges.push(Chip::new(format!("Expires {}", Moment::new(end, now).said), "warn"));
    }
    let scopes = key.grant.compile(known.catalog, key.project_id).unwrap_or_default();
    let findings = review(key, &scopes, row.last_use.as_ref(), known.recorded_since, now);
    badges.extend(findings.into_iter().filter_map(badge));
    badges
}

fn badge(finding: Finding) -> Option<Chip> {
    // The column says it.
    (finding != Finding::NoExpiry).then(|| chip_of(finding))
}

/// What stands out, in a word.
pub(in crate::console) fn chip_of(finding: Finding) -> Chip {
    match finding {
        Finding::NeverUsed => Chip::new("Never used", ""),
        Finding::Unused => Chip::new("Unused for 90 days", "warn"),
        // Of a key that only reads, too.
        Finding::FullAccess => Chip::new("Every resource", "warn"),
        Finding::AnyAddress => Chip::new("Any address", ""),
        Finding::NoExpiry => Chip::new("Never expires", ""),
    }
}
