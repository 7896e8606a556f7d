//! What the data plane decided.

use crate::client::Answer;
use crate::exit::{Fault, Kind};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Decision {
    pub(super) allowed: bool,
    pub(super) code: String,
    key: Option<Known>,
    version: i64,
}

#[derive(Deserialize)]
struct Known {
    id: String,
    name: String,
    organization_id: String,
    project_id: String,
}

impl Decision {
    /// Reads the decision; a node that may not decide now is like one that is not there.
    pub(super) fn read(answer: &Answer) -> Result<Decision, Fault> {
        if answer.status == 503 {
            return Err(Fault::new(Kind::Unavailable, "stale", answer.message()));
        }
        let decision: Decision = answer.read()?;
        // Two words that contradict each other are no permission.
        if decision.allowed == (decision.code == "allowed") {
            Ok(decision)
        } else {
            Err(Fault::new(Kind::Protocol, "protocol", "the server's answer contradicts itself"))
        }
    }

    /// The decision as a line for each field.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let decided = if self.allowed { "allowed" } else { "denied" };
        let mut fields = vec![("decision", decided.to_owned()), ("code", self.code.clone())];
        if let Some(key) = &self.key {
            fields.push(("key", key.id.clone()));
            fields.push(("name", key.name.clone()));
            fields.push(("project", key.project_id.clone()));
            fields.push(("organization", key.organization_id.clone()));
        }
        fields.push(("version", self.version.to_string()));
        fields
    }
}
