//! The two cookies of the console: the session, and how the person likes to see it.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// A browser takes a name with this prefix only over HTTPS (or on this machine), for this host alone and all its
/// paths (RFC 6265bis section 4.1.3.2).
const SESSION: &str = "__Host-session";
const THEME: &str = "theme";
const SESSION_SECONDS: i64 = 14 * 24 * 3600;

/// The token of the session; `None` when there is none, or two.
pub(super) fn session(headers: &HeaderMap) -> Option<&str> {
    one(headers, SESSION)
}

/// Keeps a token in the browser. A cookie that a link from a mail leaves out would ask people to sign in twice, so
/// it is `Lax`; whether a form may act is decided apart, see `serve`.
pub(super) fn keep_session(token: &str) -> Option<HeaderValue> {
    let cookie =
        format!("{SESSION}={token}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={SESSION_SECONDS}");
    let mut cookie = HeaderValue::from_str(&cookie).ok()?;
    cookie.set_sensitive(true);
    Some(cookie)
}

/// Takes the session away.
pub(super) fn end_session() -> HeaderValue {
    HeaderValue::from_static("__Host-session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
}

/// Light or dark, whatever the system says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Theme {
    /// As the system says.
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    pub(super) fn parse(text: &str) -> Option<Theme> {
        [Theme::Auto, Theme::Light, Theme::Dark].into_iter().find(|theme| theme.name() == text)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    pub(super) fn of(headers: &HeaderMap) -> Theme {
        one(headers, THEME).and_then(Theme::parse).unwrap_or(Theme::Auto)
    }

    pub(super) fn keep(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Theme::Auto => "theme=; Path=/; SameSite=Lax; Max-Age=0",
            Theme::Light => "theme=light; Path=/; SameSite=Lax; Max-Age=31536000",
            Theme::Dark => "theme=dark; Path=/; SameSite=Lax; Max-Age=31536000",
        })
    }
}

fn one<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(found, _)| *found == name).map(|(_, value)| value);
    found.next().filter(|_| found.next().is_none())
}
