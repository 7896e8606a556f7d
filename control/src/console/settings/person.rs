//! Forms about the person who is signed in: where, and with which password.

use super::screen::refused;
use crate::Error;
use crate::console::fault::Fault;
use crate::console::page::see;
use crate::console::refused::in_form;
use crate::console::sign_in::signed_in_to;
use crate::console::visit::Visit;
use crate::ops;
use crate::ops::passwords::Password;
use axum::response::Response;
use domain::SessionId;
use zeroize::Zeroizing;

/// Ends one of the person's own sessions.
pub(in crate::console) async fn end(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&[], &[])?;
    let id = SessionId::parse(visit.id()).ok_or_else(Fault::absent)?;
    ops::sessions::end(&visit.app, visit.caller(), id).await?;
    Ok(see("/settings?done=ended"))
}

/// Ends all of them but this one.
pub(in crate::console) async fn end_others(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&[], &[])?;
    ops::sessions::end_others(&visit.app, visit.caller(), visit.visitor.session.id).await?;
    Ok(see("/settings?done=others"))
}

/// Changes the password of whoever knows the one of now.
pub(in crate::console) async fn change_password(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&["email", "current", "password", "again"], &[])?;
    match changed(&visit).await {
        Ok(token) => Ok(signed_in_to(&token, "/settings?done=password")),
        Err(error) => refused(&visit, None, in_form(error)?).await,
    }
}

async fn changed(visit: &Visit) -> Result<Zeroizing<String>, Error> {
    let form = &visit.form;
    let new = Password::choose(form.raw("password"))?;
    if form.raw("password") != form.raw("again") {
        // Nobody can be sent another one: a slip would lock its owner out.
        return Err(Error::Invalid("the new password was not typed the same way twice".into()));
    }
    // Whoever found a browser open must not try all the passwords there are.
    let (email, browser) = (visit.visitor.user.email.as_str(), visit.browser());
    visit.app.attempts.wait(email, browser.ip).await?;
    let changed =
        ops::sessions::change_password(&visit.app, &visit.visitor, form.raw("current"), &new, browser.ip)
            .await;
    if matches!(changed, Err(Error::Invalid(_))) {
        visit.app.attempts.failed(email, browser.ip);
    }
    changed
}
