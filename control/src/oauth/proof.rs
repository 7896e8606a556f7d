//! The header `DPoP` at the token endpoint (RFC 9449 section 5).

use super::Refused;
use crate::App;
use domain::token::{Occasion, Proof};
use http::request::Parts;

/// The thumbprint of the key that the client proved to have; `None` when it did not say that it has one.
///
/// # Errors
/// The proof does not hold, was seen before, or there are two.
pub(super) fn proven(app: &App, head: &Parts) -> Result<Option<String>, Refused> {
    const WRONG: Refused =
        Refused::Bad("invalid_dpop_proof", "the DPoP proof does not hold for this request");
    let mut values = head.headers.get_all("dpop").iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(WRONG);
    }
    let text = value.to_str().map_err(|_| WRONG)?;
    let (url, now) = (format!("{}/oauth/token", app.issuer.url()), app.now().seconds());
    let occasion = Occasion { method: "POST", url: &url, token: None };
    let proof = Proof::check(text, occasion, now).map_err(|_| WRONG)?;
    app.take_proof(&proof, now).map_err(|_| WRONG)?;
    Ok(Some(proof.thumbprint))
}
