//! Whether the keys are somebody's already.

use super::fault::Faults;
use super::{Draft, Told};
use crate::{App, Error};
use domain::Digest;

/// Digests asked for at once.
const PAGE: usize = 500;

/// What is said of a key that is there already: of whichever organization, active, revoked or of a removed
/// project. Nobody learns more than that they cannot have it.
pub(super) const TAKEN: &str = "cannot be imported";

/// Refuses the import of a key that is there already.
pub(super) async fn conflicts(app: &App, draft: &Draft, told: &Told) -> Result<(), Error> {
    let mut faults = Faults::default();
    for (number, page) in draft.entries.chunks(PAGE).enumerate() {
        let digests: Vec<Digest> = page.iter().map(|entry| entry.digest).collect();
        let taken = app.store.taken(&digests).await?;
        for entry in page.iter().filter(|entry| taken.contains(&entry.digest)) {
            faults.add(entry.line, TAKEN);
        }
        told.tell(number * PAGE + page.len())?;
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Faults(Box::new(faults))) }
}
