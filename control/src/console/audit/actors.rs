//! Who made a change, by the name that people know.

use crate::console::visit::Visit;
use crate::ops;
use domain::ActorId;
use std::collections::BTreeMap;

/// Names that were looked up for one page.
#[derive(Default)]
pub(super) struct Actors(BTreeMap<String, Actor>);

/// Somebody, and the page about them, where there is one.
#[derive(Debug, Clone)]
pub(super) struct Actor {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) href: Option<String>,
}

impl Actors {
    /// Each is looked up once. Who is gone keeps the id.
    pub(super) async fn find(&mut self, visit: &Visit, written: &str) -> Actor {
        if let Some(known) = self.0.get(written) {
            return known.clone();
        }
        let actor = match ActorId::parse(written) {
            Some(id) => look_up(visit, id, written).await,
            None => Actor { name: written.to_owned(), kind: "", href: None },
        };
        self.0.insert(written.to_owned(), actor.clone());
        actor
    }
}

async fn look_up(visit: &Visit, actor: ActorId, written: &str) -> Actor {
    let (app, caller) = (&visit.app, visit.caller());
    let (kind, found) = match actor {
        ActorId::Operator => ("", Some(("The operator".to_owned(), None))),
        ActorId::User(id) => {
            let id = id.to_string();
            let row = ops::users::show(app, caller, &id).await.ok();
            ("Member", row.map(|row| (row.user.email.as_str().to_owned(), Some(format!("/members/{id}")))))
        }
        ActorId::ServiceAccount(id) => {
            let id = id.to_string();
            let row = ops::service_accounts::show(app, caller, &id).await.ok();
            let named = row.map(|row| row.account.name.as_str().to_owned());
            ("Service account", named.map(|name| (name, Some(format!("/service-accounts/{id}")))))
        }
        ActorId::Key(id) => {
            let id = id.to_string();
            let row = ops::keys::show(app, caller, &id).await.ok();
            ("API key", row.map(|row| (row.key.name.as_str().to_owned(), Some(format!("/keys/{id}")))))
        }
    };
    let (name, href) = found.unwrap_or_else(|| (written.to_owned(), None));
    Actor { name, kind, href }
}
