//! The gateway, between a client and a small API.

mod connections;
mod credentials;
mod documents;
mod ends;
mod heads;
mod http2;
mod refusals;
mod smuggling;
mod standing;
mod strangers;
mod streams;
mod tls;

use crate::harness::{Key, Request, Site, Stage, Upstream, keydesk};
use serde_json::json;
use std::fs;

/// Routes beside the built-in ones.
const ROUTES: &str = r#"
[[route]]
host = "*"
methods = ["GET", "HEAD", "OPTIONS", "DELETE"]
path = "/p/{*rest}"
action = "read"
resource = "ENDPOINT/ep1"
upstream = "http://127.0.0.1:9000"

[[route]]
host = "*"
methods = ["POST", "PUT"]
path = "/p/{*rest}"
action = "write"
resource = "ENDPOINT/ep1"
upstream = "http://127.0.0.1:9000"

[[route]]
host = "*"
methods = ["GET"]
path = "/graphql"
kind = "graphql"
resource = "GRAPHQL"
upstream = "http://127.0.0.1:9000"
errors = "graphql"
key_in_query = "api_key"

[[route]]
host = "*"
methods = ["POST"]
path = "/graphql-plain"
kind = "graphql"
resource = "GRAPHQL"
upstream = "http://127.0.0.1:9000"

[[route]]
host = "*"
methods = ["GET"]
path = "/nobody"
action = "read"
resource = "ENDPOINT/ep1"
upstream = "http://127.0.0.1:1"

[[route]]
host = "*"
methods = ["GET", "POST"]
path = "/c/{*rest}"
action = "read"
resource = "ENDPOINT/ep1"
upstream = "http://127.0.0.1:9000"
upstream_credential = "api"

[[route]]
host = "*"
methods = ["GET", "POST"]
path = "/graphql-c"
kind = "graphql"
resource = "GRAPHQL"
upstream = "http://127.0.0.1:9000"
upstream_credential = "api"
errors = "graphql"
key_in_query = "api_key"

[[route]]
host = "*"
methods = ["GET"]
path = "/absent"
action = "read"
resource = "ENDPOINT/ep1"
upstream = "http://127.0.0.1:9000"
upstream_credential = "not_here"

[[route]]
host = "*"
methods = ["GET"]
path = "/doors-only"
action = "read"
resource = "ENDPOINT/ep1"
"#;

/// A gateway in front of this upstream, with ENDPOINT/ep1.
pub(super) fn stage(upstream: &Upstream) -> Stage {
    stage_on(Site::sqlite(), upstream)
}

pub(super) fn stage_on(site: Site, upstream: &Upstream) -> Stage {
    stage_at(site, &format!("http://{}", upstream.address))
}

/// In front of what is at this URL.
pub(super) fn stage_at(site: Site, upstream: &str) -> Stage {
    let printed = String::from_utf8(keydesk(&["catalog", "print"]).output().unwrap().stdout).unwrap();
    let catalog = format!("{printed}{ROUTES}").replace("http://127.0.0.1:9000", upstream);
    fs::create_dir_all(site.data()).unwrap();
    let file = site.data().join("catalog.toml");
    fs::write(&file, catalog).unwrap();
    let site = site.flag("--gateway-listen", "127.0.0.1:0").flag("--catalog", file.to_str().unwrap());
    let stage = Stage::on(site);
    let project = &stage.owner.project;
    let added = stage.site.run(&["resource", "add", "ENDPOINT/ep1", "--project", project, "--name", "e"]);
    assert!(added.status.success(), "{added:?}");
    stage
}

pub(super) fn writer(stage: &Stage) -> Key {
    stage.owner.key_with(json!({"name": "w", "scopes": [{"action": "*"}]}))
}

pub(super) fn reader(stage: &Stage) -> Key {
    stage.owner.key_with(json!({"name": "r", "scopes": [{"action": "read"}]}))
}

pub(super) fn with(key: &Key, method: &str, target: &str) -> Request {
    Request::new(method, target).header("Authorization", format!("Bearer {}", key.value))
}

/// The bytes of such a request, up to and without the empty line.
pub(super) fn head(key: &Key, line: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: api.example.com\r\nAuthorization: {}\r\n", key.value)
}
