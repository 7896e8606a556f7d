//! Whether a presented key may pass: a pure function of what is known and what was asked.

use crate::catalog::types::{Ownership, Types};
use crate::token::KeyToken;
use crate::{
    Address, Ask, Entry, Granted, OrganizationId, Pepper, Presented, ProjectId, Reason, Scopes, Snapshot,
    Timestamp, Verdict,
};

/// Decides one call. Checks in the order of the reasons; the first that fails is the answer.
pub fn verify<'s>(known: &'s Snapshot, presented: &Presented, ask: &Ask<'_>, now: Timestamp) -> Verdict<'s> {
    match known.key(presented.digest()) {
        Some(key) => decide(known, key, None, ask, now),
        None => Verdict::Denied(Reason::Unknown, None),
    }
}

/// `narrowed`: no more than these scopes, whatever the key has.
fn decide<'s>(
    known: &'s Snapshot,
    key: &'s Entry,
    narrowed: Option<&Scopes>,
    ask: &Ask<'_>,
    now: Timestamp,
) -> Verdict<'s> {
    let Some(project) = known.home(key) else { return Verdict::Denied(Reason::Disabled, None) };
    let found = Granted { key, organization: &project.organization };
    match refusal(known, found, project.alive, ask, now).or_else(|| beyond(narrowed, ask)) {
        Some(reason) => Verdict::Denied(reason, Some(found)),
        None => Verdict::Granted(found),
    }
}

fn beyond(narrowed: Option<&Scopes>, ask: &Ask<'_>) -> Option<Reason> {
    let wanted = ask.wanted.as_ref()?;
    let allowed = narrowed.is_none_or(|scopes| scopes.allow(wanted.action, &wanted.address));
    (!allowed).then_some(Reason::InsufficientScope)
}

/// Decides one call with an access token that an API key bought. Whatever can have changed since then is looked up:
/// the key's state, expiry, networks and scopes hold for its tokens from the next call on.
pub fn verify_token<'s>(known: &'s Snapshot, token: &KeyToken, ask: &Ask<'_>, now: Timestamp) -> Verdict<'s> {
    const MALFORMED: Verdict<'_> = Verdict::Denied(Reason::Malformed, None);
    if known.trust().trusted(&token.kid, now).is_none() {
        return MALFORMED;
    }
    let Some(key) = known.key_of_id(&token.key) else { return MALFORMED };
    let Some(project) = known.home(key) else { return Verdict::Denied(Reason::Disabled, None) };
    if project.organization != token.organization {
        return MALFORMED;
    }
    let found = Granted { key, organization: &project.organization };
    if now >= token.expires_at {
        return Verdict::Denied(Reason::Expired, Some(found));
    }
    if known.trust().is_revoked(&token.id) {
        return Verdict::Denied(Reason::Revoked, Some(found));
    }
    decide(known, key, token.scopes.as_ref(), ask, now)
}

/// Decides one call with a text that is no key of ours: where keys of other systems were imported, it may be
/// one of those. If it is not, it is malformed still, as it is where none were imported.
pub fn verify_legacy<'s>(
    known: &'s Snapshot,
    text: &str,
    pepper: &Pepper,
    ask: &Ask<'_>,
    now: Timestamp,
) -> Verdict<'s> {
    const MALFORMED: Verdict<'_> = Verdict::Denied(Reason::Malformed, None);
    if !known.has_legacy() {
        return MALFORMED;
    }
    match Presented::legacy(text, pepper) {
        Some(presented) => verify_imported(known, &presented, ask, now),
        None => MALFORMED,
    }
}

/// The same, once the text was looked at.
pub fn verify_imported<'s>(
    known: &'s Snapshot,
    presented: &Presented,
    ask: &Ask<'_>,
    now: Timestamp,
) -> Verdict<'s> {
    // Among those alone: a key of ours whose class the catalog has no more is none of them.
    match known.imported(presented.digest()) {
        Some(key) => decide(known, key, None, ask, now),
        None => Verdict::Denied(Reason::Malformed, None),
    }
}

fn refusal(
    known: &Snapshot,
    found: Granted<'_>,
    parents_alive: bool,
    ask: &Ask<'_>,
    now: Timestamp,
) -> Option<Reason> {
    if !parents_alive {
        return Some(Reason::Disabled);
    }
    if let Some(reason) = found.key.closed(now) {
        return Some(reason);
    }
    if !found.key.networks.allows(ask.client) {
        return Some(Reason::IpNotAllowed);
    }
    (!permitted(known, found, ask)).then_some(Reason::InsufficientScope)
}

fn permitted(known: &Snapshot, found: Granted<'_>, ask: &Ask<'_>) -> bool {
    let registered_to = |name: &str| known.registered_to(name);
    let (types, project) = (known.catalog().types(), found.key.project);
    permits(
        &Holder { types, project, organization: found.organization, registered_to },
        &found.key.scopes,
        ask,
    )
}

/// Whether a key with these scopes may do what is asked: the last check of [`verify`], for whoever has found the
/// key and made the others by other means.
pub fn permits<R>(holder: &Holder<'_, R>, scopes: &Scopes, ask: &Ask<'_>) -> bool
where
    R: Fn(&str) -> Option<ProjectId>,
{
    if ask.organization.is_some_and(|asked| asked != holder.organization.as_str()) {
        return false;
    }
    let Some(wanted) = &ask.wanted else { return true };
    holder.reaches(&wanted.address, ask.organization.is_some())
        && scopes.allow(wanted.action, &wanted.address)
}

/// Whose resources may be reached at all, whatever the scopes say: `*` on `*` must never open another
/// tenant's endpoint.
#[derive(Debug)]
pub struct Holder<'a, R> {
    /// The types of the catalog that the scopes were compiled with.
    pub types: &'a Types,
    /// The key's project.
    pub project: ProjectId,
    /// Its organization.
    pub organization: &'a OrganizationId,
    /// The project that a resource is registered to, by its canonical name.
    pub registered_to: R,
}

impl<R: Fn(&str) -> Option<ProjectId>> Holder<'_, R> {
    /// Every link of the whole address is checked, whichever suffix of it a filter matches. `named`: the ask named
    /// the organization, and it is the key's.
    fn reaches(&self, address: &Address<'_>, named: bool) -> bool {
        // What stands below a resource that is the key's own need not name the organization again.
        let mut anchored = named;
        for link in &address.links {
            let Some(resource_type) = self.types.get(link.resource_type) else {
                return false;
            };
            let reached = match resource_type.ownership {
                Ownership::CheckedByUpstream => continue,
                Ownership::NamedInAsk => anchored,
                // "Any of them" reaches the key's own ones only, so the ask must say whose it means.
                Ownership::Project | Ownership::Organization | Ownership::Registered
                    if address.leaves_open(link) =>
                {
                    named
                }
                Ownership::Project => address.value(link).is_some_and(|id| self.project.is_written(&id)),
                Ownership::Organization => {
                    address.value(link).is_some_and(|id| id == self.organization.as_str())
                }
                Ownership::Registered => {
                    let name = address.canonical(link, self.types);
                    name.is_some_and(|name| (self.registered_to)(&name) == Some(self.project))
                }
            };
            if !reached {
                return false;
            }
            anchored = true;
        }
        true
    }
}
