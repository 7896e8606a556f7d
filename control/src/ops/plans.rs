//! What the organization's plan allows, asked inside the transaction that would use it: no race gets past it,
//! and a plan that was just set counts at once.

use crate::Error;
use crate::store::Tx;
use domain::access::MemberRole;
use domain::catalog::PlanLimits;
use domain::{Grant, OrganizationId, ProjectId, Timestamp};

/// Refuses a grant that keys on this plan cannot have.
pub(super) fn permit_grant(limits: &PlanLimits, grant: &Grant) -> Result<(), Error> {
    let Some(lack) = limits.lacks(grant) else { return Ok(()) };
    Err(Error::NotInPlan(format!("the plan {} does not include {lack}{}", limits.shown(), instead(limits))))
}

/// Refuses to change what a key may do where the plan leaves that as it is set.
pub(super) fn permit_change(limits: &PlanLimits, grant: &Grant) -> Result<(), Error> {
    if !limits.permission_changes {
        let plan = limits.shown();
        return Err(Error::NotInPlan(format!(
            "the plan {plan} does not include changing what a key may do once it is set; make another key instead"
        )));
    }
    permit_grant(limits, grant)
}

/// Refuses more keys than the plan has room for in one project; revoked ones take none.
pub(super) async fn room_for_keys(
    tx: &mut Tx,
    limits: &PlanLimits,
    project: ProjectId,
    more: i64,
) -> Result<(), Error> {
    let Some(max) = limits.keys_per_project_max else { return Ok(()) };
    // Counted no further than the limit, so that the work has a bound, too.
    let kept = tx.count_keys(project, max).await?;
    room(kept + more <= max, limits, format!("{max} keys in a project; revoke one that is not needed"))
}

/// Refuses a project more than the plan has room for; removed ones take none.
pub(super) async fn room_for_project(
    tx: &mut Tx,
    limits: &PlanLimits,
    organization: &OrganizationId,
) -> Result<(), Error> {
    let Some(max) = limits.projects_max else { return Ok(()) };
    let kept = tx.count_projects(organization).await?;
    let noun = if max == 1 { "project" } else { "projects" };
    room(kept < max, limits, format!("{max} {noun}; remove one that is not needed"))
}

/// Refuses a service account where the plan has none. What is there goes on working, and its secret can always
/// be replaced.
pub(super) fn permit_account(limits: &PlanLimits) -> Result<(), Error> {
    let lack = || Error::NotInPlan(format!("the plan {} does not include service accounts", limits.shown()));
    limits.service_accounts.then_some(()).ok_or_else(lack)
}

/// Refuses a member a role of keys that keys on this plan cannot have; the roles of members are in every plan.
pub(super) fn permit_member_role(limits: &PlanLimits, role: MemberRole) -> Result<(), Error> {
    let lack = if role.is_of_keys() { limits.lacks_role(role.name()) } else { None };
    let refused = |lack| Error::NotInPlan(format!("the plan {} does not include {lack}", limits.shown()));
    lack.map_or(Ok(()), |lack| Err(refused(lack)))
}

/// Refuses a person more than the plan has room for; whoever can still accept an invitation takes room, too.
pub(super) async fn room_for_person(
    tx: &mut Tx,
    limits: &PlanLimits,
    organization: &OrganizationId,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(max) = limits.users_max else { return Ok(()) };
    let taken = tx.count_seats(organization, now).await?;
    let most = format!("{max} users and invitations; remove one that is not needed");
    room(taken < max, limits, most)
}

fn room(is_there: bool, limits: &PlanLimits, most: String) -> Result<(), Error> {
    let plan = limits.shown();
    let full = || Error::QuotaFull(format!("not enough quota left: the plan {plan} has room for {most}"));
    is_there.then_some(()).ok_or_else(full)
}

/// What a key on a plan with fewer permissions can have, for the one who was refused.
fn instead(limits: &PlanLimits) -> String {
    let roles = limits.roles.iter().flatten().map(|role| format!("the role {role}"));
    let presets = limits.presets.iter().flatten().map(|preset| format!("the preset {}", preset.name()));
    let ways: Vec<String> = roles.chain(presets).collect();
    if ways.is_empty() { String::new() } else { format!("; a key can have {}", ways.join(" or ")) }
}
