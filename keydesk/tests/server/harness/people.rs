//! People, put into the database beside the running server: how they come by an invite is tested at the store.

use super::{Site, Tenant};
use control::store::{Database, Lane, RoleBinding, Store, StoreError, Tx, User};
use domain::{ActorId, Effect, Email, OrganizationId, Principal, Resource, RoleBindingId, Timestamp, UserId};
use getrandom::SysRng;
use rand_core::UnwrapErr;
use std::sync::atomic::{AtomicI64, Ordering};

/// The moment each next one is made at, so that they are listed in the order they were made in.
static NEXT: AtomicI64 = AtomicI64::new(1_800_000_000_000_000);

impl Site {
    /// A user of the organization with one role in it; the id.
    pub(crate) fn user(&self, organization: &Tenant, email: &str, role: &str) -> String {
        let (now, mut rng) =
            (Timestamp::from_micros(NEXT.fetch_add(1, Ordering::Relaxed)), UnwrapErr(SysRng));
        let user = User {
            id: UserId::generate(now, &mut rng),
            organization_id: OrganizationId::parse(&organization.organization).unwrap(),
            email: Email::parse(email).unwrap(),
            name: None,
            created_at: now,
            password: None,
            operator: false,
        };
        let binding = RoleBinding {
            id: RoleBindingId::generate(now, &mut rng),
            organization_id: user.organization_id.clone(),
            principal: Principal::User(user.id),
            resource: Resource::Organization(user.organization_id.clone()),
            role: role.into(),
            created_at: now,
        };
        let id = user.id.to_string();
        let work = async move |tx: &mut Tx| {
            tx.insert_user(&user).await?;
            tx.insert_binding(&binding).await?;
            let effects = [Effect::Note(binding.principal.to_string())];
            tx.record(now, ActorId::Operator, "user.created", user.organization_id.as_str(), &effects).await
        };
        let database = self.database_in_place();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::open(&database, "never new").await.unwrap();
            store.write::<_, StoreError, _>(Lane::Ordinary, work).await.unwrap();
        });
        id
    }

    pub(super) fn database_in_place(&self) -> Database {
        match self.database_url() {
            Some(url) => Database::Postgres(url.to_owned()),
            None => Database::Sqlite(self.data().join("keydesk.db")),
        }
    }
}
