//! What the organization's plan includes, in words. Whether it does is decided in `ops`, when it matters.

use super::fault::Fault;
use super::visit::Visit;
use super::words::count;
use crate::ops;
use domain::catalog::PlanLimits;

/// The limits of the organization.
pub(super) async fn limits(visit: &Visit) -> Result<PlanLimits, Fault> {
    let (app, caller) = (&visit.app, visit.caller());
    let row = ops::organizations::show(app, caller, caller.organization.as_str()).await?;
    Ok(app.catalog().await?.plan(row.organization.plan).clone())
}

/// Why there can be no more of something; nothing when there can.
pub(super) fn no_room(limits: &PlanLimits, max: Option<i64>, taken: i64, thing: &str) -> Option<String> {
    let max = max.filter(|max| taken >= *max)?;
    Some(format!("The plan {} has room for {}.", limits.shown(), count(max, thing)))
}

/// Why there can be none of something at all; nothing when there can.
pub(super) fn not_included(limits: &PlanLimits, included: bool, things: &str) -> Option<String> {
    (!included).then(|| format!("The plan {} does not include {things}.", limits.shown()))
}

/// What the plan includes, line by line.
pub(super) fn in_words(limits: &PlanLimits) -> Vec<String> {
    let up_to = |max: Option<i64>, thing: &str, things: &str| match max {
        Some(max) => format!("Up to {}", count(max, thing)),
        None => format!("Any number of {things}"),
    };
    let mut lines = vec![
        up_to(limits.projects_max, "project", "projects"),
        format!("{} in a project", up_to(limits.keys_per_project_max, "API key", "API keys")),
        match limits.users_max {
            Some(max) => format!("Up to {} and open invitations", count(max, "member")),
            None => "Any number of members".into(),
        },
        if limits.service_accounts { "Service accounts" } else { "No new service accounts" }.into(),
    ];
    lines.push(permissions(limits));
    if !limits.permission_changes {
        lines.push("What a key may do stays as it was made".into());
    }
    lines
}

fn permissions(limits: &PlanLimits) -> String {
    let presets = limits.presets.iter().flatten().map(|preset| format!("the preset {}", preset.name()));
    let roles = limits.roles.iter().flatten().map(|role| format!("the role {role}"));
    let only: Vec<String> = roles.chain(presets).collect();
    match (only.is_empty(), limits.scopes) {
        (true, true) => "Keys with any preset, role or scope".into(),
        (true, false) => "Keys with any preset or role, but no scopes".into(),
        (false, true) => format!("Keys with scopes, {}", only.join(" or ")),
        (false, false) => format!("Keys with {}, and nothing narrower", only.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Catalog, Plan};

    #[test]
    fn the_limits_of_a_plan_are_said_and_so_is_that_there_are_none() {
        let catalog = Catalog::builtin();
        let starter = in_words(catalog.plan(Plan::Free));
        for line in
            ["Up to 1 project", "Up to 100 API keys in a project", "Up to 2 members and open invitations"]
        {
            assert!(starter.contains(&line.to_owned()), "{line}: {starter:?}");
        }
        assert!(starter.contains(&"No new service accounts".into()), "{starter:?}");
        let all = in_words(catalog.plan(Plan::Dedicated));
        assert!(all.contains(&"Any number of projects".into()) && all.len() == 5, "{all:?}");
        assert_eq!(no_room(catalog.plan(Plan::Free), Some(1), 0, "project"), None);
        assert!(no_room(catalog.plan(Plan::Free), Some(1), 1, "project").unwrap().contains("Starter"));
        assert_eq!(no_room(catalog.plan(Plan::Dedicated), None, i64::MAX, "project"), None);
    }
}
