//! Every route of the published description, walked as nobody, as a stranger and as the least of members.
//!
//! A route without a row in [`ROWS`] fails the test: whoever adds one says here who may do what with it.

use crate::harness::{Answer, Request, Site, Stage, Tally, Tenant};
use serde_json::{Value, json};

/// What somebody gets who asks for the things of the first organization.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Gets {
    /// 404 with the words of an id that nobody has.
    Absent,
    /// A success that shows nothing of what belongs to the organization's project.
    NothingOfIt,
    /// A success: it is theirs to do, or to see.
    Seen,
    /// 403.
    Forbidden,
}
use Gets::{Absent, Forbidden, NothingOfIt, Seen};

struct Row {
    method: &'static str,
    path: &'static str,
    body: Option<fn(&Things) -> Value>,
    /// The owner of another organization.
    stranger: Gets,
    /// An `OrgMember`.
    member: Gets,
    /// A `ProjectMember` of another project.
    elsewhere: Gets,
}

const fn row(
    method: &'static str,
    path: &'static str,
    body: Option<fn(&Things) -> Value>,
    [stranger, member, elsewhere]: [Gets; 3],
) -> Row {
    Row { method, path, body, stranger, member, elsewhere }
}

const NAMED: Option<fn(&Things) -> Value> = Some(|_| json!({"name": "walked"}));
const RESOURCE: Option<fn(&Things) -> Value> = Some(|_| json!({"resource": "ENDPOINT/walked"}));
const KEYS: Option<fn(&Things) -> Value> =
    Some(|_| json!([{"name": "walked", "value": "a value that was walked", "graphql": "read_only"}]));
const EMPTY: Option<fn(&Things) -> Value> = Some(|_| json!({}));

const ROWS: &[Row] = &[
    row("GET", "/admin/organizations", None, [NothingOfIt, Seen, Seen]),
    row("GET", "/admin/organizations/{organization_id}", None, [Absent, Seen, Seen]),
    row("PATCH", "/admin/organizations/{organization_id}", NAMED, [Absent, Forbidden, Forbidden]),
    row("DELETE", "/admin/organizations/{organization_id}", None, [Absent, Forbidden, Forbidden]),
    row("POST", "/admin/organizations/{organization_id}/bootstrap", None, [Absent, Forbidden, Forbidden]),
    row("GET", "/admin/organizations/{organization_id}/signing-keys", None, [Absent, Seen, Seen]),
    row("POST", "/admin/organizations/{organization_id}/signing-keys", EMPTY, [Absent, Forbidden, Forbidden]),
    row("GET", "/admin/signing-keys", None, [Absent, Absent, Absent]),
    row("POST", "/admin/signing-keys", EMPTY, [Absent, Absent, Absent]),
    row("GET", "/admin/organizations/{organization_id}/usage", None, [Absent, Seen, Seen]),
    row("GET", "/admin/organizations/{organization_id}/advice", None, [Absent, NothingOfIt, NothingOfIt]),
    row("GET", "/admin/projects", None, [NothingOfIt, NothingOfIt, NothingOfIt]),
    row("POST", "/admin/projects", NAMED, [NothingOfIt, Forbidden, Forbidden]),
    row("GET", "/admin/projects/{project_id}", None, [Absent, Absent, Absent]),
    row("PATCH", "/admin/projects/{project_id}", NAMED, [Absent, Absent, Absent]),
    row("DELETE", "/admin/projects/{project_id}", None, [Absent, Absent, Absent]),
    row("GET", "/admin/projects/{project_id}/api-keys", None, [Absent, Absent, Absent]),
    row("POST", "/admin/projects/{project_id}/api-keys", NAMED, [Absent, Absent, Absent]),
    row("GET", "/admin/projects/{project_id}/resources", None, [Absent, Absent, Absent]),
    row("POST", "/admin/projects/{project_id}/resources", RESOURCE, [Absent, Absent, Absent]),
    row("DELETE", "/admin/projects/{project_id}/resources/{resource_id}", None, [Absent, Absent, Absent]),
    row("POST", "/admin/projects/{project_id}/api-keys/import", KEYS, [Absent, Absent, Absent]),
    row("GET", "/admin/api-keys/{api_key_id}/usage", None, [Absent, Absent, Absent]),
    row("POST", "/admin/api-keys/{api_key_id}/preview", NAMED, [Absent, Absent, Absent]),
    row("GET", "/admin/api-keys/{api_key_id}/advice", None, [Absent, Absent, Absent]),
    row("GET", "/admin/api-keys/{api_key_id}", None, [Absent, Absent, Absent]),
    row("PATCH", "/admin/api-keys/{api_key_id}", NAMED, [Absent, Absent, Absent]),
    row("DELETE", "/admin/api-keys/{api_key_id}", None, [Absent, Absent, Absent]),
    row("GET", "/admin/service-accounts", None, [NothingOfIt, Seen, Forbidden]),
    row("POST", "/admin/service-accounts", NAMED, [NothingOfIt, Forbidden, Forbidden]),
    row("GET", "/admin/service-accounts/{service_account_id}", None, [Absent, Seen, Absent]),
    row("PATCH", "/admin/service-accounts/{service_account_id}", EMPTY, [Absent, Forbidden, Absent]),
    row("DELETE", "/admin/service-accounts/{service_account_id}", None, [Absent, Forbidden, Absent]),
    row(
        "POST",
        "/admin/service-accounts/{service_account_id}/rotate-secret",
        None,
        [Absent, Forbidden, Absent],
    ),
    row("GET", "/admin/role-bindings", None, [NothingOfIt, NothingOfIt, NothingOfIt]),
    row("POST", "/admin/role-bindings", Some(Things::role), [Absent, Absent, Absent]),
    row("GET", "/admin/role-bindings/{role_binding_id}", None, [Absent, Seen, Absent]),
    row("DELETE", "/admin/role-bindings/{role_binding_id}", None, [Absent, Forbidden, Absent]),
    row("GET", "/admin/invites", None, [NothingOfIt, Seen, Forbidden]),
    row("POST", "/admin/invites", Some(Things::invitation), [NothingOfIt, Forbidden, Forbidden]),
    row("GET", "/admin/invites/{invite_id}", None, [Absent, Seen, Absent]),
    row("DELETE", "/admin/invites/{invite_id}", None, [Absent, Forbidden, Absent]),
    row("POST", "/admin/invites/{invite_id}/resend", None, [Absent, Forbidden, Absent]),
    row("GET", "/admin/users", None, [NothingOfIt, Seen, Forbidden]),
    row("GET", "/admin/users/{user_id}", None, [Absent, Seen, Absent]),
    row("DELETE", "/admin/users/{user_id}", None, [Absent, Forbidden, Absent]),
    row("GET", "/admin/changes", None, [NothingOfIt, Forbidden, Forbidden]),
];

/// Routes that take no access token; they have tests of their own.
const OPEN: [(&str, &str); 6] = [
    ("POST", "/oauth/token"),
    ("POST", "/oauth/introspect"),
    ("POST", "/oauth/revoke"),
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/.well-known/jwks.json"),
    ("POST", "/v1/verify"),
];

/// One of each kind, in the first organization.
struct Things {
    ids: Vec<(&'static str, String)>,
}

impl Things {
    fn made(stage: &Stage) -> Things {
        let owner = &stage.owner;
        let last = |path: String| path.rsplit('/').next().unwrap().to_owned();
        let account = last(owner.account(&json!([])).own_path(owner));
        let organization_role = json!([{"resource_type": "organization", "role": "OrgMember"}]);
        let invitation = json!({"email": "ada@example.com", "role_bindings": organization_role}).to_string();
        let invite = owner.post("/admin/invites", invitation).json();
        let resources = format!("/admin/projects/{}/resources", owner.project);
        let resource = owner.post(&resources, r#"{"resource":"ENDPOINT/ep1"}"#).json();
        let binding = owner.get("/admin/role-bindings?role=OrgOwner").json();
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned();
        let ids = vec![
            ("organization_id", owner.organization.clone()),
            ("project_id", owner.project.clone()),
            ("api_key_id", owner.key().id),
            ("resource_id", text(&resource["id"])),
            ("service_account_id", account),
            ("role_binding_id", text(&binding["data"][0]["id"])),
            ("invite_id", text(&invite["id"])),
            ("user_id", stage.site.user(owner, "grace@example.com", "OrgMember")),
        ];
        Things { ids }
    }

    fn id(&self, name: &str) -> &str {
        let found = self.ids.iter().find(|(known, _)| *known == name);
        found.map(|(_, id)| id.as_str()).unwrap_or_else(|| panic!("Things has no `{name}`: add one of it"))
    }

    /// The path with these ids in it, and with ids of the same form that nobody has.
    fn fill(&self, template: &str) -> (String, String) {
        let (mut here, mut nowhere) = (template.to_owned(), template.to_owned());
        while let Some((before, rest)) = here.split_once('{') {
            let (name, after) = rest.split_once('}').unwrap();
            let id = self.id(name);
            nowhere = nowhere.replace(&format!("{{{name}}}"), absent(id));
            here = format!("{before}{id}{after}");
        }
        (here, nowhere)
    }

    /// With every id taken for one that nobody has.
    fn forgotten(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (_, id)| text.replace(id, absent(id)))
    }

    /// What only those may see who see the project.
    fn of_project(&self) -> [&str; 2] {
        [self.id("project_id"), self.id("api_key_id")]
    }

    fn role(&self) -> Value {
        json!({"principal_type": "service_account", "principal_id": self.id("service_account_id"),
            "resource_type": "project", "resource_id": self.id("project_id"), "role": "ProjectMember"})
    }

    fn invitation(&self) -> Value {
        let role = json!({"resource_type": "organization", "role": "OrgMember"});
        json!({"email": "walked@example.com", "role_bindings": [role]})
    }
}

fn absent(id: &str) -> &'static str {
    if id.starts_with("org_") { "org_00000000000000000000" } else { "01a1fd74-0000-7000-8000-000000000000" }
}

impl Row {
    fn request(&self, caller: Option<&Tenant>, path: &str, body: Option<&str>) -> Request {
        let request = match caller {
            Some(caller) => caller.call(self.method, path),
            None => Request::new(self.method, path),
        };
        body.into_iter().fold(request, |request, body| request.body(body))
    }

    fn send(&self, caller: &Tenant, path: &str, body: Option<&str>) -> Answer {
        caller.send(&self.request(Some(caller), path, body))
    }

    /// Walks the route as one caller.
    fn walk(&self, tally: &mut Tally, things: &Things, who: &str, caller: &Tenant, gets: Gets) {
        let case = format!("{} {} as {who}: {gets:?}", self.method, self.path);
        let (here, nowhere) = things.fill(self.path);
        let body = self.body.map(|body| body(things).to_string());
        let answer = self.send(caller, &here, body.as_deref());
        match gets {
            Forbidden => tally.admin(case, &answer, 403, "FORBIDDEN"),
            Absent => {
                tally.admin(&case, &answer, 404, "NOT_FOUND");
                let forgotten = body.map(|body| things.forgotten(&body));
                let never = self.send(caller, &nowhere, forgotten.as_deref());
                tally.equal(case, &things.forgotten(&answer.text()), &never.text());
            }
            Seen => tally.that((200..300).contains(&answer.status), case, &answer),
            NothingOfIt => {
                let text = answer.text();
                let shown = if who == "a stranger" {
                    things.ids.iter().any(|(_, id)| text.contains(id))
                } else {
                    things.of_project().iter().any(|id| text.contains(id))
                };
                tally.that((200..300).contains(&answer.status) && !shown, case, &answer);
            }
        }
    }
}

fn described() -> Vec<(String, String)> {
    let text = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../api/openapi.json")).unwrap();
    let document: Value = serde_json::from_slice(&text).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, item): (&String, &Value)| {
        let methods: Vec<String> =
            item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        methods.into_iter().map(|method| (method, path.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

#[test]
fn every_route_has_a_row_and_every_row_a_route() {
    let described = described();
    let rows = ROWS.iter().map(|row| (row.method, row.path)).chain(OPEN);
    let rows: Vec<(String, String)> =
        rows.map(|(method, path)| (method.to_owned(), path.to_owned())).collect();
    for route in &described {
        assert!(rows.contains(route), "{route:?} needs a row in keydesk/tests/server/walk.rs");
    }
    for row in &rows {
        assert!(described.contains(row), "{row:?} is not in api/openapi.json");
    }
    assert_eq!(rows.len(), described.len(), "a row is there twice");
}

both!(every_route_shows_each_caller_what_is_theirs_and_nothing_else);
fn every_route_shows_each_caller_what_is_theirs_and_nothing_else(site: Site) {
    let stage = Stage::on(site);
    let owner = &stage.owner;
    let stranger = stage.stranger();
    let member = owner.member("OrgMember");
    let elsewhere = owner.member_of(&owner.other_project(), "ProjectMember");
    let things = Things::made(&stage);
    let before = owner.census();
    let mut tally = Tally::default();
    for row in ROWS {
        let (here, _) = things.fill(row.path);
        let body = row.body.map(|body| body(&things).to_string());
        let nobody = row.request(None, &here, body.as_deref()).send(stage.server.public);
        tally.admin(format_args!("{} {} as nobody", row.method, row.path), &nobody, 401, "UNAUTHENTICATED");
        row.walk(&mut tally, &things, "a stranger", &stranger, row.stranger);
        row.walk(&mut tally, &things, "a member", &member, row.member);
        row.walk(&mut tally, &things, "a member elsewhere", &elsewhere, row.elsewhere);
    }
    tally.equal("nothing was changed", &owner.census(), &before);
    tally.end();
}

#[test]
fn a_query_parameter_that_nobody_knows_is_refused_on_every_route() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let things = Things::made(&stage);
    let before = owner.census();
    let mut tally = Tally::default();
    for row in ROWS {
        let (here, _) = things.fill(row.path);
        let body = row.body.map(|body| body(&things).to_string());
        let answer = row.send(owner, &format!("{here}?statsu=active"), body.as_deref());
        tally.admin(format_args!("{} {}", row.method, row.path), &answer, 400, "INVALID_ARGUMENT");
    }
    tally.equal("nothing was changed", &owner.census(), &before);
    tally.end();
}

/// Without a role, a caller is somebody, and has nothing.
#[test]
fn without_a_role_every_route_refuses_or_shows_nothing() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let nothing = owner.account(&json!([]));
    let things = Things::made(&stage);
    let before = owner.census();
    let mut tally = Tally::default();
    for row in ROWS {
        let (here, _) = things.fill(row.path);
        let body = row.body.map(|body| body(&things).to_string());
        let answer = row.send(&nothing, &here, body.as_deref());
        let empty = answer.status == 200 && answer.json()["data"] == json!([]);
        tally.that(
            empty || [403, 404].contains(&answer.status),
            format_args!("{} {}", row.method, row.path),
            &answer,
        );
    }
    tally.equal("nothing was changed", &owner.census(), &before);
    tally.end();
}

/// "All" is no administrator, and neither is `*` on `*`.
#[test]
fn a_key_that_is_no_administrator_is_refused_on_every_route() {
    let stage = Stage::sqlite();
    let owner = &stage.owner;
    let things = Things::made(&stage);
    let keys = [
        owner.key_with(json!({"access": {"preset": "all"}})),
        owner.key_with(json!({"scopes": [{"action": "*", "resource_filter": "*"}]})),
    ];
    let before = owner.census();
    let mut tally = Tally::default();
    for row in ROWS {
        let (here, _) = things.fill(row.path);
        let body = row.body.map(|body| body(&things).to_string());
        for key in &keys {
            let request = row.request(None, &here, body.as_deref()).header("Api-Key", &key.value);
            let answer = request.send(stage.server.public);
            tally.admin(format_args!("{} {}", row.method, row.path), &answer, 403, "FORBIDDEN");
        }
    }
    tally.equal("nothing was changed", &owner.census(), &before);
    tally.end();
}
