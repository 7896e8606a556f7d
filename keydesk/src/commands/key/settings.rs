//! What create and update both can say of a key, and how it is said on the wire.

use super::grant::GrantArgs;
use crate::exit::{Fault, Kind};
use clap::builder::NonEmptyStringValueParser;
use serde_json::{Map, Value, json};

/// A key's settings; what is not given is left out.
#[derive(Debug, clap::Args)]
pub(super) struct Settings {
    #[command(flatten)]
    grant: GrantArgs,
    /// When it expires, such as 2027-01-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
    /// An address or network it may be used from, such as 203.0.113.0/24; may be repeated
    #[arg(
        long = "allow-ip", value_name = "CIDR",
        // An empty variable in a script must not make a key that may be used from anywhere.
        value_parser = NonEmptyStringValueParser::new()
    )]
    allow_ip: Vec<String>,
    /// Switch it off
    #[arg(long)]
    disabled: bool,
}

impl Settings {
    /// The fields of the request's body.
    pub(super) fn fields(&self) -> Result<Map<String, Value>, Fault> {
        let mut fields = self.grant.fields().map_err(|text| Fault::new(Kind::Usage, "usage", text))?;
        if let Some(time) = &self.expires_at {
            fields.insert("expires_at".into(), json!(time));
        }
        if !self.allow_ip.is_empty() {
            fields.insert("allowed_ip_cidrs".into(), json!(self.allow_ip));
        }
        if self.disabled {
            fields.insert("enabled".into(), json!(false));
        }
        Ok(fields)
    }
}
