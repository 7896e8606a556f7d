//! What Keydesk must answer, worked out slowly. Written from the documents, by someone who had not seen the fast
//! code: strings are split, lists are walked, nothing is kept between two questions. What cannot be accepted is
//! `None`. Each rule names the section it comes from ("catalog" and "api" are pages in `docs/`).
#![expect(
    missing_docs,
    reason = "the names are the nouns of the documents, and the whole fits a few screens"
)]

pub mod address;
pub mod catalog;
pub mod grant;
pub mod network;

use {address::Link, catalog::Catalog, grant::Grant};

/// Everything that is known when a question is asked. What was removed is not there.
#[derive(Debug, Clone)]
pub struct World {
    pub catalog: Catalog,
    pub organizations: Vec<String>,
    /// A project and its organization.
    pub projects: Vec<(String, String)>,
    /// What the operator registered: the address of one resource, and the project that has it.
    pub resources: Vec<(String, String)>,
}

/// A key, as it was written down.
#[derive(Debug, Clone)]
pub struct Key {
    pub organization: String,
    pub project: String,
    pub revoked: bool,
    pub disabled: bool,
    pub expires_at: Option<i64>,
    pub networks: Vec<String>,
    pub grant: Grant,
}

/// A question: may this call pass? The resource is text; `array` makes it from an array of literal segments.
#[derive(Debug, Clone)]
pub struct Ask {
    pub action: Option<String>,
    pub resource: Option<String>,
    pub client: Option<std::net::IpAddr>,
    pub organization: Option<String>,
}

/// The code of the verdict, or `malformed_request` for what is no question.
pub fn verify(world: &World, key: &Key, ask: &Ask, now: i64) -> &'static str {
    // architecture, "Resource filters": malformed or half questions are none. catalog, "Scopes": a call does one of
    // three things, and `*` is what a scope may say.
    let question = match (&ask.action, &ask.resource) {
        (None, None) => None,
        (Some(action), Some(resource)) if ["read", "write", "admin"].contains(&action.as_str()) => {
            let Some(chain) = address::chain(resource, &world.catalog) else { return "malformed_request" };
            Some((action, chain))
        }
        _ => return "malformed_request",
    };
    let project = (key.project.clone(), key.organization.clone());
    let named = ask.organization.as_ref();

    // architecture, "Verification" 4: parents, revoked, expired, disabled, network, ownership and scope, in this order.
    if !world.organizations.contains(&key.organization) || !world.projects.contains(&project) {
        "disabled" // security 13: parents count
    } else if key.revoked {
        "revoked"
    } else if key.expires_at.is_some_and(|end| now >= end) {
        "expired" // bad-input K-14, Q-05: refused from equality on
    } else if key.disabled {
        "disabled"
    } else if !network::allows(&key.networks, ask.client) {
        "ip_not_allowed"
    } else if named.is_some_and(|named| *named != key.organization) {
        "insufficient_scope" // catalog, "Whose is it?": an organization that is not the key's is refused always
    } else if let Some((action, chain)) = question
        && !(reaches(world, key, &chain, named.is_some()) && granted(world, key, action, &chain))
    {
        "insufficient_scope"
    } else {
        "allowed" // architecture, "Verify": without action and resource it only authenticates
    }
}

/// The table in catalog, "Whose is it?": every link of the whole address is checked, whichever suffix is matched.
fn reaches(world: &World, key: &Key, chain: &[Link], organization_named: bool) -> bool {
    let mut behind_own = false;
    chain.iter().all(|link| {
        let is = |id: &str| link.segments == [Some(id.to_owned())];
        let holds = |(text, holder): &(String, String)| {
            *holder == key.project
                && address::chain(text, &world.catalog).is_some_and(|it| it == [link.clone()])
        };
        let own = match link.kind.0 {
            "PROJECT" => is(&key.project), // security 12: projects are walls, too
            "ORGANIZATION" => is(&key.organization),
            _ => link.kind.3 == "owned" && world.resources.iter().any(holds),
        };
        let passes = match (link.kind.0, link.kind.3) {
            // architecture, "Resource filters": `#` on an owned type needs `organization_id`.
            ("PROJECT" | "ORGANIZATION", _) | (_, "owned") => {
                own || (link.segments.contains(&None) && organization_named)
            }
            (_, "upstream") => true,
            _ => organization_named || behind_own, // security 5
        };
        behind_own |= own;
        passes
    })
}

/// compat 3.4: scopes are a union, default deny; `*` is all actions, none of the others implies another.
fn granted(world: &World, key: &Key, action: &str, chain: &[Link]) -> bool {
    // catalog, top: a grant that no longer fits grants nothing.
    let scopes = grant::scopes(&key.grant, &key.project, &world.catalog).unwrap_or_default();
    scopes.iter().any(|(on, filter)| (on == "*" || on == action) && address::matches(filter, chain))
}
