//! Plans: those of the default, and everything that can be wrong with others.

use super::{CLASS, mistakes};
use crate::{Access, Catalog, Grant, Level, Plan, Preset};
use std::collections::BTreeMap;

fn roles(names: &[&str]) -> Grant {
    Grant::Roles(names.iter().map(|&name| name.into()).collect())
}

fn access(preset: Preset) -> Grant {
    let levels = BTreeMap::from([("graphql".to_owned(), Level::ReadOnly)]);
    let levels = if preset == Preset::Restricted { levels } else { BTreeMap::new() };
    Grant::Access(Access { preset, levels, endpoints: BTreeMap::new() })
}

fn grants() -> Vec<Grant> {
    let catalog = Catalog::builtin();
    let mut grants: Vec<Grant> = catalog.roles().iter().map(|role| roles(&[&role.name])).collect();
    grants.extend([Preset::All, Preset::ReadOnly, Preset::Restricted].map(access));
    grants.push(roles(&["ProjectEditor", "ProjectViewer"]));
    grants.push(Grant::Scopes(vec![("read".into(), "*".into())]));
    grants
}

#[test]
fn the_published_numbers_are_the_default() {
    let catalog = Catalog::builtin();
    let numbers = Plan::ALL.map(|plan| {
        let limits = catalog.plan(plan);
        assert_eq!(limits.plan, plan);
        (limits.projects_max, limits.users_max, limits.keys_per_project_max)
    });
    let (standard, enterprise) = ((Some(20), None, Some(10_000)), (Some(100), None, None));
    assert_eq!(numbers, [(Some(1), Some(2), Some(100)), standard, enterprise, (None, None, None)]);
    assert_eq!(Plan::ALL.map(|plan| catalog.plan(plan).service_accounts), [false, false, true, true]);
    assert_eq!(Plan::ALL.map(|plan| catalog.plan(plan).permission_changes), [false, true, true, true]);
    let shown = ["Free (Starter)", "Standard", "Enterprise", "Dedicated"];
    assert_eq!(Plan::ALL.map(|plan| catalog.plan(plan).shown()), shown);
}

#[test]
fn a_key_on_the_least_plan_has_the_permission_all_or_none() {
    let catalog = Catalog::builtin();
    for grant in grants() {
        let all = [roles(&["ProjectEditor"]), access(Preset::All)].contains(&grant);
        assert_eq!(catalog.plan(Plan::Free).lacks(&grant).is_none(), all, "{grant:?}");
        for plan in [Plan::Standard, Plan::Enterprise, Plan::Dedicated] {
            assert_eq!(catalog.plan(plan).lacks(&grant), None, "{plan:?} {grant:?}");
        }
    }
    let lacks = |grant| catalog.plan(Plan::Free).lacks(&grant).unwrap();
    assert_eq!(lacks(roles(&["DataPlaneEditor", "ProjectEditor"])), "the role DataPlaneEditor");
    assert_eq!(lacks(access(Preset::ReadOnly)), "keys with the `access` preset read_only");
}

#[test]
fn a_catalog_without_plans_has_those_of_the_default() {
    let bare = Catalog::parse(CLASS).unwrap();
    for plan in Plan::ALL {
        assert_eq!(bare.plan(plan), Catalog::builtin().plan(plan));
    }
}

/// Lines 4 to 13: all four, each one line shorter than what a case adds to the last.
const FOUR: &str = "[[role]]\nname = 'r'\nscopes = [{ action = 'read', resource_filter = '*' }]\n\
    [[plan]]\nname = 'Standard'\n[[plan]]\nname = 'Enterprise'\n[[plan]]\nname = 'Dedicated'\n[[plan]]\n";

#[test]
fn a_mistake_in_a_plan_is_told_with_its_line() {
    for (rest, expected) in [
        ("name = 'Free'", ""),
        ("name = 'Free'\nroles = ['r']\npresets = []\nscopes = false", ""),
        ("name = 'Free'\nprojects_max = 100000", ""),
        ("name = 'Gold'", "line 14: plan `Gold` is none of Free, Standard, Enterprise, Dedicated"),
        ("name = 'Gold'", "line 14: plan `Free` is missing"),
        ("name = 'free'", "line 14: plan `free` is none of"),
        ("name = ''", "line 14: plan must not be empty"),
        ("name = 'Standard'", "line 14: plan `Standard` is there twice"),
        ("label = 'x'", "line 13: missing field `name`"),
        ("name = 'Free'\nlabel = ''", "line 15: label must not be empty"),
        ("name = 'Free'\nroles = ['r', 's']", "line 15: `s` is not a role of this catalog"),
        ("name = 'Free'\nroles = 'r'", "line 15: invalid type"),
        ("name = 'Free'\npresets = ['All']", "line 15: preset `All` is none of all, read_only, restricted"),
        ("name = 'Free'\nroles = []\npresets = []\nscopes = false", "line 14: keys on this plan could have"),
        ("name = 'Free'\nscopes = 'no'", "line 15: invalid type"),
        ("name = 'Free'\nprojects_max = 0", "line 15: a limit is a number from 1 to 100000"),
        ("name = 'Free'\nusers_max = -1", "line 15: a limit is a number from 1 to 100000"),
        ("name = 'Free'\nkeys_per_project_max = 100001", "line 15: a limit is a number from 1 to 100000"),
        ("name = 'Free'\nprojects_max = 1.5", "line 15: invalid type"),
        ("name = 'Free'\nprojects_max = 'none'", "line 15: invalid type"),
        ("name = 'Free'\nprojects = 1", "line 15: unknown field `projects`"),
    ] {
        let found = mistakes(&format!("{FOUR}{rest}\n"));
        if expected.is_empty() {
            assert_eq!(found, Vec::<String>::new(), "{rest}");
        } else {
            assert!(found.iter().any(|told| told.starts_with(expected)), "{rest}\nfound {found:?}");
        }
    }
}

#[test]
fn all_plans_are_there_or_none() {
    let found = mistakes("[[plan]]\nname = 'Enterprise'\n");
    let missing = ["Free", "Standard", "Dedicated"];
    let missing = missing
        .map(|name| format!("line 5: plan `{name}` is missing: write all four plans, or none of them"));
    assert_eq!(found, missing);
}
