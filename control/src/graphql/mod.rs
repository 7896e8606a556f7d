//! `/graphql` on the public listener: parse, call, render. No rules here.
//!
//! One request goes through `request` (who asks, and for what), `api::graphql` (is that a document within bounds),
//! `select` (does it fit the schema) and `execute` (do it); `answer` is the wire.

mod answer;
mod execute;
mod input;
mod key;
mod myself;
mod output;
mod request;
mod select;
mod usage;
mod value;

use crate::authenticate::LiveKey;
use crate::{App, ops};
use answer::Refused;
use api::graphql::{Bounds, Document, Kind, Operation, Schema};
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::Action;
use http::Request;
use request::{Asked, Who};
use select::Selector;
use std::sync::{Arc, LazyLock};

pub use answer::refusal;

/// The committed schema. It is what the server goes by, so it cannot be out of date.
pub const SCHEMA: &str = include_str!("../../../api/schema.graphql");

/// What one document may expand to.
const BOUNDS: Bounds = Bounds { depth: 12, fields: 500, aliases: 50, spreads: 20, roots: 50 };

static READ_SCHEMA: LazyLock<Schema> = LazyLock::new(|| match Schema::parse(SCHEMA) {
    Ok(schema) => schema,
    Err(fault) => unreachable!("a test reads the schema: {fault}"),
});

/// Answers one request.
pub(crate) async fn serve(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let preferred = answer::preferred(&parts.headers);
    let answered = async {
        let live = match request::who(&app, &parts).await? {
            Who::Known(live) => *live,
            Who::Nobody => return Ok(answer::nobody(preferred)),
        };
        let asked = request::read(&parts.headers, body).await?;
        run(&app, &live, &asked).await.map(|outcome| answer::answered(&outcome, preferred))
    };
    answered.await.unwrap_or_else(Refused::into_response)
}

/// Only POST asks anything.
pub(crate) async fn wrong_method() -> Response {
    Refused::method().into_response()
}

async fn run(app: &App, live: &LiveKey, asked: &Asked) -> Result<execute::Outcome, Refused> {
    let document = api::graphql::parse(&asked.query)?;
    api::graphql::measure(&document, BOUNDS)?;
    let operation = chosen(&document, asked.operation_name.as_deref())?;
    permit(live, operation.kind)?;
    let selector = Selector::new(&READ_SCHEMA, &document, operation, &asked.variables)?;
    let fields = selector.select(operation)?;
    execute::permit(live, operation.kind, &fields)?;
    execute::run(app, live, operation.kind, &fields).await
}

/// The operation that will run: what it is called decides, or that there is no other.
fn chosen<'d>(document: &'d Document, name: Option<&str>) -> Result<&'d Operation, Refused> {
    match (name, &*document.operations) {
        (None, [only]) => Ok(only),
        (None, _) => {
            Err(Refused::operation("there are several operations: say which one in `operationName`"))
        }
        (Some(name), all) => all
            .iter()
            .find(|operation| operation.name.as_deref() == Some(name))
            .ok_or_else(|| Refused::operation("no operation has the name in `operationName`")),
    }
}

/// Before anything is said about the schema: whether the key may run an operation of this kind at all.
fn permit(live: &LiveKey, kind: Kind) -> Result<(), Refused> {
    match kind {
        Kind::Query => Ok(ops::account::permit(live, Action::Read)?),
        Kind::Mutation if live.administers() => Ok(()),
        Kind::Mutation => Ok(ops::account::permit(live, Action::Write)?),
        Kind::Subscription => Err(Refused::operation("there are no subscriptions")),
    }
}

#[cfg(test)]
mod tests;
