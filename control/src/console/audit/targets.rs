//! What a change was done to, by the names that people know.

use super::names::Names;
use crate::console::visit::Visit;

/// One of the things that a change was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Such as `Project`.
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) href: Option<String>,
}

/// The things that the log names, but for the organization itself: it is always this one.
pub(super) async fn named(visit: &Visit, names: &mut Names, written: &[String]) -> Vec<Target> {
    let own = format!("organization {}", visit.caller().organization);
    let mut found = Vec::new();
    for text in written.iter().filter(|text| **text != own) {
        found.push(match given(text) {
            Some((role, place)) if place == own => {
                target("Role", format!("{role} in the organization"), None)
            }
            Some((role, place)) => {
                let place = one(visit, names, place).await;
                target("Role", format!("{role} in {}", place.name), place.href)
            }
            None => one(visit, names, text).await,
        });
    }
    found
}

fn target(kind: &str, name: String, href: Option<String>) -> Target {
    Target { kind: kind.to_owned(), name, href }
}

/// The role and the place of `role_binding ID: ROLE of KIND ID on KIND ID`.
fn given(text: &str) -> Option<(&str, &str)> {
    let (_, said) = text.strip_prefix("role_binding ")?.split_once(": ")?;
    let (role, rest) = said.split_once(" of ")?;
    Some((role, rest.split_once(" on ")?.1))
}

async fn one(visit: &Visit, names: &mut Names, text: &str) -> Target {
    let (kind, id) = text.split_once(' ').unwrap_or((text, ""));
    let (named, found) = match kind {
        "project" => ("Project", names.project(visit, id).await),
        "api_key" => ("API key", names.key(visit, id).await),
        "service_account" => ("Service account", names.account(visit, id).await),
        "user" => ("Member", names.user(visit, id).await),
        "invite" => ("Invitation", names.invite(visit, id).await),
        _ => return target(&super::words::said(kind), id.to_owned(), None),
    };
    let (name, href) = found.unwrap_or_else(|| (id.to_owned(), None));
    target(named, name, href)
}

#[cfg(test)]
mod tests {
    use super::given;

    #[test]
    fn a_role_is_read_out_of_the_log_and_nothing_else_is_taken_for_one() {
        let text = "role_binding 1: OrgOwner of user 2 on organization org_3";
        assert_eq!(given(text), Some(("OrgOwner", "organization org_3")));
        for other in ["project 1", "role_binding 1", "role_binding 1: x", "role_binding 1: x of y", ""] {
            assert_eq!(given(other), None, "{other:?}");
        }
    }
}
