//! Names of what ids stand for, looked up once for a page. What is gone, or not the visitor's to see, has none.

use crate::console::visit::Visit;
use crate::ops;
use domain::ActorId;
use std::collections::BTreeMap;

/// A name, and the page about what has it.
pub(super) type Named = (String, Option<String>);

/// What was found so far.
#[derive(Default)]
pub(super) struct Names {
    found: BTreeMap<String, Option<Named>>,
}

/// Who made a change.
pub(super) struct Actor {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) href: Option<String>,
}

/// Looks something up, unless that was done before.
macro_rules! once {
    ($self:ident, $id:ident, $look_up:expr) => {{
        if let Some(known) = $self.found.get($id) {
            return known.clone();
        }
        let named: Option<Named> = $look_up;
        $self.found.insert($id.to_owned(), named.clone());
        named
    }};
}

impl Names {
    pub(super) async fn user(&mut self, visit: &Visit, id: &str) -> Option<Named> {
        once!(self, id, {
            let row = ops::users::show(&visit.app, visit.caller(), id).await.ok();
            row.map(|row| (row.user.email.as_str().to_owned(), Some(format!("/members/{}", row.user.id))))
        })
    }

    pub(super) async fn account(&mut self, visit: &Visit, id: &str) -> Option<Named> {
        once!(self, id, {
            let row = ops::service_accounts::show(&visit.app, visit.caller(), id).await.ok();
            row.map(|row| {
                let page = format!("/service-accounts/{}", row.account.id);
                (row.account.name.as_str().to_owned(), Some(page))
            })
        })
    }

    pub(super) async fn key(&mut self, visit: &Visit, id: &str) -> Option<Named> {
        once!(self, id, {
            let row = ops::keys::show(&visit.app, visit.caller(), id).await.ok();
            row.map(|row| (row.key.name.as_str().to_owned(), Some(format!("/keys/{}", row.key.id))))
        })
    }

    pub(super) async fn project(&mut self, visit: &Visit, id: &str) -> Option<Named> {
        once!(self, id, {
            let row = ops::projects::show(&visit.app, visit.caller(), id).await.ok();
            row.map(|row| {
                (row.project.name.as_str().to_owned(), Some(format!("/projects/{}", row.project.id)))
            })
        })
    }

    pub(super) async fn invite(&mut self, visit: &Visit, id: &str) -> Option<Named> {
        once!(self, id, {
            let row = ops::invites::show(&visit.app, visit.caller(), id).await.ok();
            row.map(|row| {
                let page = format!("/members/invites/{}", row.invite.id);
                (row.invite.email.as_str().to_owned(), Some(page))
            })
        })
    }

    /// Who is gone keeps the id.
    pub(super) async fn actor(&mut self, visit: &Visit, written: &str) -> Actor {
        let (kind, found) = match ActorId::parse(written) {
            Some(ActorId::Operator) => ("", Some(("The operator".to_owned(), None))),
            Some(ActorId::User(id)) => ("Member", self.user(visit, &id.to_string()).await),
            Some(ActorId::ServiceAccount(id)) => {
                ("Service account", self.account(visit, &id.to_string()).await)
            }
            Some(ActorId::Key(id)) => ("API key", self.key(visit, &id.to_string()).await),
            None => ("", None),
        };
        let (name, href) = found.unwrap_or_else(|| (written.to_owned(), None));
        Actor { name, kind, href }
    }
}
