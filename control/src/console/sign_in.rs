//! Signing in and out.

use super::cookie;
use super::fault::{Fault, told};
use super::frame::Frame;
use super::page::{again, page, see};
use super::visit::Guest;
use crate::ops;
use crate::ops::sessions::SignedIn;
use askama::Template;
use axum::response::Response;
use http::header::SET_COOKIE;

#[derive(Template)]
#[template(path = "sign-in.html")]
struct SignInPage {
    frame: Frame,
    email: String,
    next: String,
    /// Where the person is a member, once they have shown that it is them.
    organizations: Vec<(String, String)>,
    error: Option<String>,
}

/// The form.
pub(super) async fn show(guest: Guest) -> Result<Response, Fault> {
    let query = guest.query(&["next"]).ok();
    let next = query.as_ref().and_then(|query| own_path(query.get("next")?)).unwrap_or_default();
    let frame = Frame::bare("Sign in", guest.theme());
    page(&SignInPage { frame, email: String::new(), next, organizations: Vec::new(), error: None })
}

/// Begins a session: a new one every time, whatever the browser had before.
pub(super) async fn submit(guest: Guest) -> Result<Response, Fault> {
    let form = &guest.form;
    form.has_only(&["email", "password", "organization", "next"], &[])?;
    let (email, browser) = (form.get("email"), guest.browser());
    let next = own_path(form.get("next")).unwrap_or_default();
    let organization = Some(form.get("organization")).filter(|id| !id.is_empty());
    let signed_in = match guest.app.attempts.wait(email, browser.ip).await {
        Err(error) => Err(error),
        Ok(()) => {
            ops::sessions::sign_in(&guest.app, email, form.raw("password"), organization, &browser).await
        }
    };
    let (organizations, error) = match signed_in {
        Ok(SignedIn::As { token, guessed }) => {
            if guessed {
                guest.app.attempts.failed(email, None);
            } else {
                guest.app.attempts.succeeded(email);
            }
            return Ok(signed_in_to(&token, if next.is_empty() { "/" } else { &next }));
        }
        Ok(SignedIn::Which(found)) => {
            let found = found.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
            (found, "Choose the organization, and type the password once more.".to_owned())
        }
        Ok(SignedIn::Nobody) => {
            guest.app.attempts.failed(email, browser.ip);
            (Vec::new(), "The e-mail address or the password is wrong.".to_owned())
        }
        Err(error) => (Vec::new(), told(&error)),
    };
    let frame = Frame::bare("Error: Sign in", guest.theme());
    again(&SignInPage { frame, email: email.to_owned(), next, organizations, error: Some(error) })
}

/// Goes on with this token in the browser.
pub(super) fn signed_in_to(token: &str, path: &str) -> Response {
    let mut response = see(path);
    if let Some(cookie) = cookie::keep_session(token) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// Ends the session, here and on the server.
pub(super) async fn leave(guest: Guest) -> Result<Response, Fault> {
    guest.form.has_only(&[], &[])?;
    if let Some(visitor) = &guest.visitor {
        ops::sessions::end(&guest.app, &visitor.caller, visitor.session.id).await?;
    }
    let mut response = see("/login");
    response.headers_mut().append(SET_COOKIE, cookie::end_session());
    Ok(response)
}

/// A path of this server, and nothing that a browser would take for another one's: `//host`, `/\host`, or what
/// becomes that once tabs and line ends are dropped (WHATWG URL section 4.4).
pub(super) fn own_path(text: &str) -> Option<String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let own = text.starts_with('/') && !text.starts_with("//") && text.len() <= 1024;
    (plain && own).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn only_paths_of_this_server_are_gone_on_to() {
        assert_eq!(own_path("/projects/1/keys?status=all"), Some("/projects/1/keys?status=all".into()));
        for other in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "evil",
            "/\n/x",
            "javascript:1",
        ] {
            assert_eq!(own_path(other), None, "{other:?}");
        }
    }
}
