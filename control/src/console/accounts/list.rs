//! `/service-accounts`.

use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::page::page;
use crate::console::plan::{limits, not_included};
use crate::console::roles::held_by_each;
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::console::words::Moment;
use crate::ops;
use crate::rest::Page;
use crate::store::AccountRow;
use askama::Template;
use axum::response::Response;
use domain::PrincipalType;
use domain::access::Operation;

#[derive(Template)]
#[template(path = "accounts/list.html")]
struct ListPage {
    frame: Frame,
    accounts: Vec<Account>,
    next: Option<String>,
    may_write: bool,
    /// Why none can be made.
    closed: Option<String>,
    twin: Twin,
}

struct Account {
    id: String,
    name: String,
    client_id: String,
    roles: Vec<String>,
    created: Moment,
    operator: bool,
}

/// The oldest first, as the API lists them.
pub(in crate::console) async fn show(visit: Visit) -> Result<Response, Fault> {
    let query = visit.query(&["paginationToken", "done"])?;
    let (app, caller, now) = (&visit.app, visit.caller(), visit.app.now());
    let asked = Page::read("service-accounts", &query, &[])?;
    let rows = ops::service_accounts::list(app, caller, &asked.slice()).await?;
    let (rows, next) =
        asked.cut(rows, |row: &AccountRow| (row.account.created_at, row.account.id.to_string()));
    let mut roles = held_by_each(&visit, PrincipalType::ServiceAccount).await?;
    let limits = limits(&visit).await?;
    let accounts = rows.into_iter().map(|AccountRow { account, .. }| Account {
        id: account.id.to_string(),
        name: account.name.as_str().to_owned(),
        client_id: account.client_id,
        roles: roles.remove(&account.id.to_string()).unwrap_or_default(),
        created: Moment::new(account.created_at, now),
        operator: account.operator,
    });
    page(&ListPage {
        frame: Frame::of(&visit, Section::Accounts, "Service accounts")
            .await?
            .with_notice(query.get("done").and_then(done)),
        accounts: accounts.collect(),
        next: next.and_then(|next| next.next),
        may_write: caller.may(Operation::WriteMembers),
        closed: not_included(&limits, limits.service_accounts, "new service accounts"),
        twin: Twin::read(app, "/admin/service-accounts"),
    })
}

fn done(word: &str) -> Option<&'static str> {
    match word {
        "deleted" => Some("The service account is deleted: its secret and its tokens are dead."),
        _ => None,
    }
}
