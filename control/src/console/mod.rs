//! The console: pages for people. They parse, call and render; every rule is in `ops`.

mod accounts;
mod assets;
mod audit;
mod chart;
mod confirm;
mod cookie;
mod docs;
mod fault;
mod form;
mod frame;
mod hidden;
mod home;
mod keys;
mod members;
mod page;
mod plan;
mod projects;
mod refused;
mod roles;
mod serve;
mod settings;
mod setup;
mod sign_in;
mod twin;
mod usage;
mod visit;
mod words;

use crate::App;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
pub(crate) use serve::{STRICT_POLICY, no_such_page, wants_page};
use std::sync::Arc;

/// All pages, behind what holds for each of them.
pub(crate) fn router(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/", get(home::show))
        .route("/theme", post(home::choose_theme))
        .route("/login", get(sign_in::show).post(sign_in::submit))
        .route("/logout", post(sign_in::leave))
        .route("/setup", get(setup::show_setup).post(setup::set_up))
        .route("/invite", get(setup::show_invite).post(setup::accept))
        .route("/projects/{id}/keys", get(keys::list::show))
        .route("/projects/{id}/keys/new", get(keys::create::show).post(keys::create::submit))
        .route("/keys/{id}", get(keys::detail::show))
        .route("/keys/{id}/saved", post(keys::create::saved))
        .route("/keys/{id}/edit", get(keys::edit::show).post(keys::edit::submit))
        .route("/keys/{id}/disable", get(keys::switch::ask_off).post(keys::switch::off))
        .route("/keys/{id}/enable", get(keys::switch::ask_on).post(keys::switch::on))
        .route("/keys/{id}/revoke", get(keys::revoke::ask).post(keys::revoke::submit))
        .merge(organization())
        .route("/docs", get(docs::index))
        .route("/docs.md", get(docs::index_markdown))
        .route("/docs/{page}", get(docs::one))
        .route("/llms.txt", get(docs::short))
        .route("/llms-full.txt", get(docs::full))
        .route("/assets/{name}", get(assets::serve))
        .route("/favicon.ico", get(assets::favicon))
        .method_not_allowed_fallback(fault::wrong_method)
        .layer(from_fn_with_state(Arc::clone(app), serve::guarded))
}

/// About the organization and who is in it.
fn organization() -> Router<Arc<App>> {
    Router::new()
        .route("/usage", get(usage::show))
        .route("/audit", get(audit::show))
        .merge(of_accounts())
        .merge(of_members())
        .merge(of_projects())
        .route("/settings", get(settings::show))
        .route("/settings/organization", post(settings::rename))
        .route("/settings/bootstrap", post(settings::bootstrap))
        .route("/settings/signing-keys/rotate", get(settings::ask_rotation).post(settings::rotate))
        .route("/settings/sessions/{id}/end", post(settings::end))
        .route("/settings/sessions/end-others", post(settings::end_others))
        .route("/settings/password", post(settings::change_password))
}

fn of_accounts() -> Router<Arc<App>> {
    Router::new()
        .route("/service-accounts", get(accounts::list))
        .route("/service-accounts/new", get(accounts::new).post(accounts::submit))
        .route("/service-accounts/{id}", get(accounts::show).post(accounts::rename))
        .route("/service-accounts/{id}/saved", post(accounts::saved))
        .route("/service-accounts/{id}/roles", post(accounts::give_role))
        .route("/service-accounts/{id}/roles/{binding}/take", post(accounts::take_role))
        .route("/service-accounts/{id}/rotate-secret", get(accounts::ask_rotation).post(accounts::rotate))
        .route("/service-accounts/{id}/delete", get(accounts::ask_removal).post(accounts::remove))
}

fn of_members() -> Router<Arc<App>> {
    Router::new()
        .route("/members", get(members::list))
        .route("/members/invite", get(members::new).post(members::submit))
        .route("/members/{id}", get(members::show))
        .route("/members/{id}/roles", post(members::give_role))
        .route("/members/{id}/roles/{binding}/take", post(members::take_role))
        .route("/members/{id}/remove", get(members::ask_removal).post(members::remove))
        .route("/members/invites/{id}", get(members::show_invitation))
        .route("/members/invites/{id}/handed-over", post(members::handed_over))
        .route("/members/invites/{id}/resend", post(members::resend))
        .route("/members/invites/{id}/roles", post(members::give_invited_role))
        .route("/members/invites/{id}/roles/{binding}/take", post(members::take_invited_role))
        .route("/members/invites/{id}/withdraw", get(members::ask_withdrawal).post(members::withdraw))
}

fn of_projects() -> Router<Arc<App>> {
    Router::new()
        .route("/projects", get(projects::list).post(projects::create))
        .route("/projects/{id}", get(projects::show).post(projects::rename))
        .route("/projects/{id}/delete", get(projects::ask_removal).post(projects::remove))
        .route("/projects/{id}/resources", post(projects::register))
        .route("/projects/{id}/resources/{resource}/release", post(projects::release))
}
