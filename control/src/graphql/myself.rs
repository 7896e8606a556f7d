//! `Myself`: the project of the key, as far as it is asked for.

use super::execute::Fault;
use super::key;
use super::output::{Output, Room};
use super::select::Chosen;
use super::usage;
use crate::authenticate::LiveKey;
use crate::ops::account::{self, Page};
use crate::store::ResourceRow;
use crate::{App, Error};
use api::time::format;
use serde_json::{Map, Value as Json, json};

/// Every field that is asked for, in that order.
pub(super) async fn show(
    app: &App,
    live: &LiveKey,
    asked: &Chosen,
    room: &mut Room,
) -> Result<Output, Fault> {
    let mut found = Vec::with_capacity(asked.fields.len());
    for field in &asked.fields {
        found.push((field.key.clone(), one(app, live, field, room).await?));
    }
    Ok(Output::Object(found))
}

async fn one(app: &App, live: &LiveKey, field: &Chosen, room: &mut Room) -> Result<Output, Fault> {
    Ok(match &*field.name {
        "__typename" => Output::Leaf("Myself".into()),
        "id" => Output::Leaf(live.project.id.to_string().into()),
        "organizationId" => Output::Leaf(live.organization().as_str().into()),
        "pubKey" => Output::Leaf(json!(account::public_key(app, live).await?)),
        "apiKeys" => {
            let now = app.now();
            let rows = account::keys(app, live, page(field)?).await?;
            list(room, field, rows.into_iter().map(|row| key::show(row, now)))?
        }
        "apiKeyUsage" => {
            let (id, ask) = usage::ask(field)?;
            let found = account::usage(app, live, id, &ask).await?;
            room.object(&field.of, &field.fields, &usage::show(&ask, found))?
        }
        "endpoints" => {
            let rows = account::endpoints(app, live, page(field)?).await?;
            list(room, field, rows.into_iter().map(endpoint))?
        }
        // Networks and volumes are the operator's own.
        _ => Output::NULL,
    })
}

/// What was just set, all fields of the type `UserSettings`.
pub(super) fn settings(live: &LiveKey, public_key: Option<String>) -> Map<String, Json> {
    let fields = [("id", json!(live.project.id.to_string())), ("pubKey", json!(public_key))];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Which part of a list is asked for.
fn page(field: &Chosen) -> Result<Page, Error> {
    let limit = field.arguments.get("limit").and_then(Json::as_i64).unwrap_or(Page::LIMIT_MAX);
    let after = field.arguments.get("after").and_then(Json::as_str).map(str::to_owned);
    Page::new(limit, after)
}

fn list(
    room: &mut Room,
    field: &Chosen,
    objects: impl Iterator<Item = Map<String, Json>>,
) -> Result<Output, Fault> {
    let mut found = Vec::new();
    for object in objects {
        found.push(room.object(&field.of, &field.fields, &object)?);
    }
    Ok(Output::List(found))
}

/// An endpoint: what is registered. The rest of the type `Endpoint` is not known here, and null.
fn endpoint(row: ResourceRow) -> Map<String, Json> {
    let resource = row.resource;
    let fields: [(&str, Json); 4] = [
        ("id", resource.resource.id().unwrap_or_else(|| resource.resource.to_string()).into()),
        ("name", resource.name.as_str().into()),
        ("createdAt", format(resource.created_at.micros()).into()),
        ("userId", resource.project_id.to_string().into()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
