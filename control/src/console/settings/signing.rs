//! `/settings/signing-keys/rotate`: the next key that signs, and what becomes of the one of now.

use crate::Error;
use crate::console::fault::Fault;
use crate::console::frame::{Frame, Section};
use crate::console::page::{again, page, see};
use crate::console::refused::{in_form, needs};
use crate::console::twin::Twin;
use crate::console::visit::Visit;
use crate::ops;
use crate::ops::signing_keys::Rotation;
use crate::rest::signing_keys::algorithm;
use askama::Template;
use axum::response::Response;
use domain::access::Operation;
use domain::token::LEAD_SECONDS;
use serde_json::json;

#[derive(Template)]
#[template(path = "settings/rotate.html")]
struct RotatePage {
    frame: Frame,
    /// How long until the next key signs, in minutes.
    lead: i64,
    /// As chosen before.
    when: String,
    algorithm: String,
    error: Option<String>,
    twin: Twin,
}

impl RotatePage {
    const ALGORITHMS: [(&'static str, &'static str); 3] =
        [("", "As it is now"), ("ES256", "ES256"), ("EdDSA", "EdDSA")];
}

/// Asks when.
pub(in crate::console) async fn ask_rotation(visit: Visit) -> Result<Response, Fault> {
    visit.query(&[])?;
    needs(&visit, Operation::UpdateOrganization)?;
    page(&form(&visit, None).await?)
}

async fn form(visit: &Visit, error: Option<String>) -> Result<RotatePage, Fault> {
    let title = if error.is_some() { "Error: Rotate the signing key" } else { "Rotate the signing key" };
    let path = format!("/admin/organizations/{}/signing-keys", visit.caller().organization);
    Ok(RotatePage {
        frame: Frame::of(visit, Section::Settings, title).await?,
        lead: LEAD_SECONDS / 60,
        when: visit.form.get("when").to_owned(),
        algorithm: visit.form.get("algorithm").to_owned(),
        error,
        twin: Twin::send(&visit.app, "POST", &path, &json!({})).or("keydesk signing-key rotate"),
    })
}

/// Makes it.
pub(in crate::console) async fn rotate(visit: Visit) -> Result<Response, Fault> {
    visit.form.has_only(&["when", "algorithm"], &[])?;
    match rotated(&visit).await {
        Ok(()) => Ok(see("/settings?done=rotated")),
        Err(error) => again(&form(&visit, Some(in_form(error)?)).await?),
    }
}

async fn rotated(visit: &Visit) -> Result<(), Error> {
    let at_once = match visit.form.get("when") {
        "planned" => false,
        "at_once" => true,
        _ => return Err(Error::Invalid("say when the next key signs".into())),
    };
    let named = Some(visit.form.get("algorithm")).filter(|name| !name.is_empty());
    let rotation = Rotation { algorithm: named.map(algorithm).transpose()?, at_once };
    let caller = visit.caller();
    ops::signing_keys::rotate(&visit.app, caller, Some(caller.organization.as_str()), rotation).await?;
    Ok(())
}
