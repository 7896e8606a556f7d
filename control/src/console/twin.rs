//! How to do the same from a program: each page says it.

use crate::App;
use serde_json::Value;

/// The request and the command that do what a page does.
#[derive(Debug, Clone)]
pub(super) struct Twin {
    pub(super) curl: String,
    /// Empty where the command line has no word for it.
    pub(super) cli: String,
}

impl Twin {
    /// A request that reads.
    pub(super) fn read(app: &App, path: &str) -> Twin {
        Twin {
            curl: format!("curl {}{path} \\\n  -H \"Authorization: Bearer $KEYDESK_TOKEN\"", origin(app)),
            cli: String::new(),
        }
    }

    /// A request without a body that changes something.
    pub(super) fn bare(app: &App, method: &str, path: &str) -> Twin {
        let curl = format!(
            "curl -X {method} {}{path} \\\n  -H \"Authorization: Bearer $KEYDESK_TOKEN\"",
            origin(app)
        );
        Twin { curl, cli: String::new() }
    }

    /// A request with a body.
    pub(super) fn send(app: &App, method: &str, path: &str, body: &Value) -> Twin {
        let body = serde_json::to_string_pretty(body).unwrap_or_default().replace('\'', "'\\''");
        let curl = format!(
            "curl -X {method} {}{path} \\\n  -H \"Authorization: Bearer $KEYDESK_TOKEN\" \\\n  \
             -H 'Content-Type: application/json' \\\n  -d '{body}'",
            origin(app)
        );
        Twin { curl, cli: String::new() }
    }

    /// The same on the command line.
    #[must_use]
    pub(super) fn or(mut self, cli: impl Into<String>) -> Twin {
        self.cli = cli.into();
        self
    }
}

fn origin(app: &App) -> &str {
    app.issuer.url().trim_end_matches('/')
}
