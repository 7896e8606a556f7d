//! `[[plan]]`: what an organization may have, as data of the plan it pays for (`compat.md` 1.6).

use super::document;
use super::mistake::Mistakes;
use super::raw::RawPlan;
use super::role::Role;
use crate::scope::shorten;
use crate::{Catalog, Grant, Name, Plan, Preset};
use std::collections::BTreeSet;
use toml::Spanned;

/// The largest limit: what is counted against it is counted anew in each change.
const COUNT_MAX: i64 = 100_000;

/// What an organization on a plan may have. Lowering a plan takes nothing away; it only stops more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanLimits {
    /// The plan.
    pub plan: Plan,
    /// What people are shown.
    pub label: String,
    /// The roles its keys can have; `None` is all of the catalog.
    pub roles: Option<BTreeSet<String>>,
    /// The presets its keys can have; `None` is all.
    pub presets: Option<Vec<Preset>>,
    /// Whether its keys can have scopes.
    pub scopes: bool,
    /// Whether what a key may do can be changed once the key is made.
    pub permission_changes: bool,
    /// Whether members may make service accounts.
    pub service_accounts: bool,
    /// Most projects of the organization; `None` is no limit.
    pub projects_max: Option<i64>,
    /// Most users of the organization; `None` is no limit.
    pub users_max: Option<i64>,
    /// Most keys of a project that are not revoked; `None` is no limit.
    pub keys_per_project_max: Option<i64>,
}

impl PlanLimits {
    /// What of the grant keys on this plan cannot have, in the words of a message; `None` when they can have
    /// all of it.
    pub fn lacks(&self, grant: &Grant) -> Option<String> {
        match grant {
            Grant::Scopes(_) => (!self.scopes).then(|| "keys with `scopes`".into()),
            Grant::Roles(roles) => roles.iter().find_map(|role| self.lacks_role(role)),
            Grant::Access(access) => {
                let outside = |presets: &Vec<Preset>| !presets.contains(&access.preset);
                let named = || format!("keys with the `access` preset {}", access.preset.name());
                self.presets.as_ref().is_some_and(outside).then(named)
            }
        }
    }

    /// The role in the words of a message, if keys on this plan cannot have it.
    pub fn lacks_role(&self, role: &str) -> Option<String> {
        let outside = |roles: &BTreeSet<String>| !roles.contains(role);
        self.roles.as_ref().is_some_and(outside).then(|| format!("the role {}", shorten(role)))
    }

    /// The plan in messages: its name, and what people are shown when that is another word.
    pub fn shown(&self) -> String {
        let name = self.plan.name();
        if self.label == name { name.into() } else { format!("{name} ({})", self.label) }
    }
}

/// The limits of each plan there is.
#[derive(Debug, Clone)]
pub(super) struct Plans {
    free: PlanLimits,
    standard: PlanLimits,
    enterprise: PlanLimits,
    dedicated: PlanLimits,
}

impl Plans {
    pub(super) fn get(&self, plan: Plan) -> &PlanLimits {
        match plan {
            Plan::Free => &self.free,
            Plan::Standard => &self.standard,
            Plan::Enterprise => &self.enterprise,
            Plan::Dedicated => &self.dedicated,
        }
    }
}

/// All four plans; those of the default when the text has none, so that older catalogs stay valid.
pub(super) fn read_all(raw: Vec<RawPlan>, roles: &[Role], mistakes: &mut Mistakes<'_>) -> Option<Plans> {
    let Some(last) = raw.last().map(|plan| plan.name.span()) else { return defaults() };
    let written: Vec<String> = raw.iter().map(|plan| plan.name.get_ref().clone()).collect();
    let missing = Plan::ALL.iter().filter(|plan| written.iter().all(|name| name != plan.name()));
    for plan in missing {
        let message = format!("plan `{}` is missing: write all four plans, or none of them", plan.name());
        mistakes.note(&last, message);
    }
    assemble(raw.into_iter().filter_map(|raw| read(raw, Some(roles), mistakes)).collect())
}

/// The plans of the default catalog. They may name roles that another catalog does not have: nobody can have
/// those there.
fn defaults() -> Option<Plans> {
    let mut mistakes = Mistakes::new(Catalog::DEFAULT);
    let raw = document::read(Catalog::DEFAULT, &mut mistakes)?.plan;
    assemble(raw.into_iter().filter_map(|raw| read(raw, None, &mut mistakes)).collect())
}

fn assemble(mut read: Vec<PlanLimits>) -> Option<Plans> {
    let mut take = |plan| Some(read.swap_remove(read.iter().position(|limits| limits.plan == plan)?));
    Some(Plans {
        free: take(Plan::Free)?,
        standard: take(Plan::Standard)?,
        enterprise: take(Plan::Enterprise)?,
        dedicated: take(Plan::Dedicated)?,
    })
}

fn read(raw: RawPlan, known: Option<&[Role]>, mistakes: &mut Mistakes<'_>) -> Option<PlanLimits> {
    let Some(plan) = Plan::parse(raw.name.get_ref()) else {
        let names = Plan::ALL.map(Plan::name).join(", ");
        mistakes.note(&raw.name.span(), format!("plan `{}` is none of {names}", shorten(raw.name.get_ref())));
        return None;
    };
    let label = raw.label.map(|text| label(&text, mistakes)).unwrap_or_else(|| plan.name().into());
    let roles = raw.roles.map(|names| roles(names, known, mistakes));
    let presets = raw.presets.map(|names| presets(names, mistakes));
    let nothing = roles.as_ref().is_some_and(BTreeSet::is_empty)
        && presets.as_ref().is_some_and(Vec::is_empty)
        && !raw.scopes;
    if nothing {
        mistakes.note(&raw.name.span(), "keys on this plan could have no permission at all");
    }
    Some(PlanLimits {
        plan,
        label,
        roles,
        presets,
        scopes: raw.scopes,
        permission_changes: raw.permission_changes,
        service_accounts: raw.service_accounts,
        projects_max: raw.projects_max.and_then(|max| count(&max, mistakes)),
        users_max: raw.users_max.and_then(|max| count(&max, mistakes)),
        keys_per_project_max: raw.keys_per_project_max.and_then(|max| count(&max, mistakes)),
    })
}

fn label(text: &Spanned<String>, mistakes: &mut Mistakes<'_>) -> String {
    if let Err(error) = Name::parse(text.get_ref(), Name::KEY_CHARS_MAX) {
        mistakes.note(&text.span(), format!("label {error}"));
    }
    text.get_ref().clone()
}

fn roles(
    names: Vec<Spanned<String>>,
    known: Option<&[Role]>,
    mistakes: &mut Mistakes<'_>,
) -> BTreeSet<String> {
    for name in &names {
        if known.is_some_and(|roles| roles.iter().all(|role| role.name != *name.get_ref())) {
            let message = format!("`{}` is not a role of this catalog", shorten(name.get_ref()));
            mistakes.note(&name.span(), message);
        }
    }
    names.into_iter().map(Spanned::into_inner).collect()
}

fn presets(names: Vec<Spanned<String>>, mistakes: &mut Mistakes<'_>) -> Vec<Preset> {
    let mut read = |name: Spanned<String>| {
        let preset = Preset::parse(name.get_ref());
        if preset.is_none() {
            let message =
                format!("preset `{}` is none of all, read_only, restricted", shorten(name.get_ref()));
            mistakes.note(&name.span(), message);
        }
        preset
    };
    names.into_iter().filter_map(&mut read).collect()
}

fn count(max: &Spanned<i64>, mistakes: &mut Mistakes<'_>) -> Option<i64> {
    if !(1..=COUNT_MAX).contains(max.get_ref()) {
        let message = format!("a limit is a number from 1 to {COUNT_MAX}; leave it out where there is none");
        mistakes.note(&max.span(), message);
    }
    Some(*max.get_ref())
}
