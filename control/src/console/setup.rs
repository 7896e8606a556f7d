//! Becoming a member: the first owner by the setup code, everybody else by an invitation.

use super::fault::{Fault, told};
use super::frame::Frame;
use super::page::{again, page};
use super::sign_in::signed_in_to;
use super::visit::Guest;
use crate::ops::passwords::Password;
use crate::store::UserRow;
use crate::{Error, ops};
use askama::Template;
use axum::response::Response;
use domain::{Email, Name};

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage {
    frame: Frame,
    /// Whether this is the first owner, who says their own address.
    first: bool,
    code: String,
    email: String,
    name: String,
    error: Option<String>,
}

/// For whoever has the setup code, which is in the URL's fragment or pasted.
pub(super) async fn show_setup(guest: Guest) -> Result<Response, Fault> {
    show(&guest, true)
}

/// For whoever was invited.
pub(super) async fn show_invite(guest: Guest) -> Result<Response, Fault> {
    show(&guest, false)
}

fn show(guest: &Guest, first: bool) -> Result<Response, Fault> {
    let frame = Frame::bare(title(first), guest.theme());
    let (code, email, name) = Default::default();
    page(&WelcomePage { frame, first, code, email, name, error: None })
}

fn title(first: bool) -> &'static str {
    if first { "Set up Keydesk" } else { "Accept your invitation" }
}

/// Makes the first owner, and signs them in.
pub(super) async fn set_up(guest: Guest) -> Result<Response, Fault> {
    guest.form.has_only(&["code", "email", "name", "password"], &[])?;
    welcome(guest, true).await
}

/// Makes whoever has the code a member, and signs them in.
pub(super) async fn accept(guest: Guest) -> Result<Response, Fault> {
    guest.form.has_only(&["code", "name", "password"], &[])?;
    welcome(guest, false).await
}

async fn welcome(guest: Guest, first: bool) -> Result<Response, Fault> {
    let browser = guest.browser();
    let become_one = async {
        guest.app.attempts.wait("", browser.ip).await?;
        become_member(&guest, first).await
    };
    let user = match become_one.await {
        Ok(row) => row.user,
        Err(error) => {
            if matches!(error, Error::Code) {
                guest.app.attempts.failed("", browser.ip);
            }
            let form = &guest.form;
            // The code is sent back: mistyping a password must not cost it.
            return again(&WelcomePage {
                frame: Frame::bare(format!("Error: {}", title(first)), guest.theme()),
                first,
                code: form.get("code").to_owned(),
                email: form.get("email").to_owned(),
                name: form.get("name").to_owned(),
                error: Some(told(&error)),
            });
        }
    };
    let token = ops::sessions::begin(&guest.app, &user, &browser).await?;
    Ok(signed_in_to(&token, "/"))
}

async fn become_member(guest: &Guest, first: bool) -> Result<UserRow, Error> {
    let form = &guest.form;
    let password = Password::choose(form.raw("password"))?;
    let name = Some(form.get("name")).filter(|name| !name.is_empty());
    let name = name.map(|name| Name::parse(name, Name::KEY_CHARS_MAX).map_err(Error::name)).transpose()?;
    let code = form.get("code");
    if !first {
        return ops::invites::accept(&guest.app, code, name, Some(&password)).await;
    }
    let email = Email::parse(form.get("email"));
    let email = email.map_err(|error| Error::Invalid(format!("the e-mail address {error}")))?;
    ops::first_owner::make(&guest.app, code, email, name, Some(&password)).await
}
