//! Does what was asked for: the fields at the top one after another, each mutation in a transaction of its own.

use super::answer::{self, Refused};
use super::output::{Output, Room, TooLarge};
use super::select::{Chosen, root};
use super::{input, key, myself};
use crate::authenticate::LiveKey;
use crate::ops::account;
use crate::{App, Error};
use api::graphql::Kind;
use domain::Action;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value as Json, json};

/// Most errors of one answer.
const ERRORS_MAX: usize = 5;

/// What an operation came to.
#[derive(Debug)]
pub(super) struct Outcome {
    data: Output,
    errors: Vec<Json>,
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        // Published clients take an empty list for a failure.
        if !self.errors.is_empty() {
            map.serialize_entry("errors", &self.errors)?;
        }
        map.serialize_entry("data", &self.data)?;
        map.end()
    }
}

/// Asks for each field whether the key may, before any of them is done.
pub(super) fn permit(live: &LiveKey, kind: Kind, fields: &[Chosen]) -> Result<(), Refused> {
    if kind != Kind::Mutation {
        return Ok(());
    }
    for field in fields {
        match &*field.name {
            "createApiKey" | "updateApiKey" | "deleteApiKey" => account::permit_keys(live)?,
            "__typename" => {}
            _ => account::permit(live, Action::Write)?,
        }
    }
    Ok(())
}

/// Runs an operation that was permitted. When a field fails, it is null, its error is told, and the next follows.
pub(super) async fn run(
    app: &App,
    live: &LiveKey,
    kind: Kind,
    fields: &[Chosen],
) -> Result<Outcome, Refused> {
    let mut room = Room::new();
    let mut errors = Vec::new();
    let mut data = Vec::with_capacity(fields.len());
    for field in fields {
        let value = match one(app, live, kind, field, &mut room).await {
            Ok(value) => value,
            Err(Fault::TooLarge) => {
                return Err(Refused::bad("TOO_COMPLEX", "the answer would be too large: ask for less"));
            }
            Err(Fault::Failed(error)) => {
                errors.push(told(&error, &field.key));
                Output::NULL
            }
        };
        data.push((field.key.clone(), value));
    }
    errors.truncate(ERRORS_MAX);
    Ok(Outcome { data: Output::Object(data), errors })
}

/// Why a field has no value.
pub(super) enum Fault {
    Failed(Error),
    TooLarge,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        Fault::Failed(error)
    }
}

impl From<TooLarge> for Fault {
    fn from(TooLarge: TooLarge) -> Fault {
        Fault::TooLarge
    }
}

async fn one(
    app: &App,
    live: &LiveKey,
    kind: Kind,
    field: &Chosen,
    room: &mut Room,
) -> Result<Output, Fault> {
    if field.name == "__typename" {
        return Ok(Output::Leaf(root(kind).into()));
    }
    let arguments = &field.arguments;
    match (kind, &*field.name) {
        (Kind::Query, "myself") => myself::show(app, live, field, room).await,
        (Kind::Mutation, "updateUserSettings") => {
            let input: input::UserSettings = input::read(arguments)?;
            let text = input.pub_key.ok_or_else(input::no_setting)?;
            let set = account::set_public_key(app, live, text).await?;
            Ok(made(field, myself::settings(live, set)))
        }
        (Kind::Mutation, "createApiKey") => {
            let created = account::create_key(app, live, input::new_key(arguments)?).await?;
            let secret = created.secret.as_ref().map(|secret| secret.expose());
            Ok(made(field, key::with_secret(created.row, app.now(), secret)))
        }
        (Kind::Mutation, "updateApiKey") => {
            let (id, patch) = input::key_patch(arguments)?;
            let row = account::update_key(app, live, &id, patch).await?;
            Ok(made(field, key::show(row, app.now())))
        }
        (Kind::Mutation, "deleteApiKey") => {
            let id = arguments.get("id").and_then(Json::as_str).unwrap_or_default();
            account::revoke_key(app, live, id).await?;
            Ok(Output::Leaf(true.into()))
        }
        _ => Err(Error::Store(crate::store::StoreError::Failed).into()),
    }
}

/// What was done is answered whatever its size: one object under 50 names has a bound of its own.
fn made(field: &Chosen, object: Map<String, Json>) -> Output {
    Room::new().object(&field.of, &field.fields, &object).unwrap_or(Output::NULL)
}

fn told(error: &Error, key: &str) -> Json {
    let message = answer::shorten(&error.to_string());
    json!({"message": message, "path": [key], "extensions": {"code": answer::code(error)}})
}
