//! The hosts of a route: those it is for, and the one that its requests are sent to.

use super::mistake::Mistakes;
use crate::scope::shorten;
use std::net::Ipv6Addr;
use toml::Spanned;

pub(super) fn check_host(host: &Spanned<String>, mistakes: &mut Mistakes<'_>) {
    let text = host.get_ref();
    if text != "*" && !is_authority(text) {
        let message = format!("host `{}` must be `*` or a lower-case host name", shorten(text));
        mistakes.note(&host.span(), message);
    }
}

pub(super) fn check_upstream(upstream: &Spanned<String>, mistakes: &mut Mistakes<'_>) {
    let text = upstream.get_ref();
    let authority =
        ["http://", "https://", "h2c://"].into_iter().find_map(|scheme| text.strip_prefix(scheme));
    // A path behind the host would be put before the request's, and no scope is checked on that.
    if !authority.is_some_and(is_authority) {
        let message = "must be http://, https:// or h2c:// and a lower-case host, with nothing behind it";
        mistakes.note(&upstream.span(), format!("upstream `{}` {message}", shorten(text)));
    }
}

fn is_authority(text: &str) -> bool {
    host_of(text).is_some()
}

/// The host of `host` or `host:port`, in lower case; `None` when it is neither.
pub(super) fn host_of(text: &str) -> Option<&str> {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (is_host(host) && is_port(port)).then_some(host),
        Some(_) | None => is_host(text).then_some(text),
    }
}

fn is_host(host: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    match host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => host.split('.').all(|label| !label.is_empty() && label.bytes().all(plain)),
    }
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|number| number > 0)
}
