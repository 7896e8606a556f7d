//! `/admin/projects/{id}/api-keys/import`: read as it comes in, then written with the client looking on.

mod csv;
mod entry;
mod json;
mod progress;
mod reader;

use super::request::Call;
use super::{query::Query, render};
use crate::Error;
use crate::ops::import::{Draft, Imported, Progress, Weak};
use crate::ops::{self, Once};
use crate::store::StoreError;
use api::admin::{ImportEntry, ImportReport};
use axum::response::Response;
use http_body_util::BodyExt;
use reader::Reader;
use sha2::Digest;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zeroize::Zeroize;

const LINES: &str = "application/x-ndjson";

/// Imports keys that another system made: all of them, or none. A JSON array, or CSV with a header.
#[utoipa::path(post, path = "/admin/projects/{project_id}/api-keys/import", operation_id = "import_api_keys",
    tag = "api keys", params(
        ("project_id" = String, Path, format = Uuid, description = "The project's id"),
        ("allow_weak" = Option<bool>, Query, description = "take keys that may be guessed, if they have networks")),
    request_body = Vec<ImportEntry>,
    responses((status = 200, body = ImportReport, description = "All keys are imported")))]
pub(crate) async fn import(mut call: Call) -> Result<Response, Error> {
    let weak = read_weak(&call.query(&["allow_weak"])?)?;
    let mut draft = ops::import::begin(&call.app, &call.caller, call.parent(), weak).await?;
    let once = read(&mut call, &mut draft).await?;
    let draft = draft.finish().await?;
    let (say, told) = mpsc::channel(16);
    let work = tokio::spawn(ops::import::run(Arc::clone(&call.app), draft, once, say));
    if call.accepts(LINES) {
        return Ok(progress::lines(told, work));
    }
    Ok(render::list(report(finished(told, work).await?)))
}

fn read_weak(query: &Query) -> Result<Weak, Error> {
    match query.get("allow_weak") {
        None | Some("false") => Ok(Weak::Refused),
        Some("true") => Ok(Weak::Allowed),
        Some(_) => Err(Error::Invalid("`allow_weak` must be true or false".into())),
    }
}

/// Reads all of the body, frame by frame: no value stays longer than it takes to digest it.
async fn read(call: &mut Call, draft: &mut Draft) -> Result<Option<Once>, Error> {
    let cut = |_| Error::Invalid("the request body is too large or did not arrive whole".into());
    let (mut body, mut request, mut reader) = (call.stream(), call.begun(), Reader::default());
    while let Some(frame) = body.frame().await {
        let Ok(bytes) = frame.map_err(cut)?.into_data() else { continue };
        request.update(&bytes);
        reader.feed(&bytes, draft);
        // Only where nothing else of what arrived stands in the same memory.
        if let Ok(mut bytes) = bytes.try_into_mut() {
            bytes.as_mut().zeroize();
        }
    }
    reader.end(draft);
    call.once(request)
}

/// The outcome, with somebody listening until it is there.
async fn finished(
    mut told: mpsc::Receiver<Progress>,
    work: JoinHandle<Result<Imported, Error>>,
) -> Result<Imported, Error> {
    while told.recv().await.is_some() {}
    outcome(work.await)
}

fn outcome(ended: Result<Result<Imported, Error>, tokio::task::JoinError>) -> Result<Imported, Error> {
    ended.unwrap_or(Err(Error::Store(StoreError::OutcomeUnknown)))
}

fn report(imported: Imported) -> ImportReport {
    let keys = u64::try_from(imported.keys).unwrap_or(u64::MAX);
    ImportReport { id: imported.id.to_string(), project_id: imported.project.to_string(), imported: keys }
}
