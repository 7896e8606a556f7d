//! Every field of the committed schema, asked for by everybody who may not: a field without an expectation fails.

use super::{administrator, outcome, request};
use crate::harness::{Request, Site, Stage, Tally};
use api::graphql::Schema;
use serde_json::json;
use std::collections::BTreeSet;

/// What nobody, another organization's administrator, a key without any right, and one that may read come to.
struct Expected {
    nobody: &'static str,
    stranger: &'static str,
    powerless: &'static str,
    reader: &'static str,
}

/// Everybody sees their own.
const READ: Expected =
    Expected { nobody: "nobody", stranger: "fine", powerless: "FORBIDDEN", reader: "fine" };
/// Everybody changes their own, if at all.
const WRITE: Expected =
    Expected { nobody: "nobody", stranger: "fine", powerless: "FORBIDDEN", reader: "FORBIDDEN" };
/// What it names is the owner's.
const NAMED: Expected =
    Expected { nobody: "nobody", stranger: "NOT_FOUND", powerless: "FORBIDDEN", reader: "FORBIDDEN" };

/// What a reader sees of the owner's key, and nobody else.
const NAMED_READ: Expected =
    Expected { nobody: "nobody", stranger: "NOT_FOUND", powerless: "FORBIDDEN", reader: "fine" };

/// For some fields of a type: the document that asks for one, in place of `FIELD`; `KEY` is an id of the owner's.
const TABLE: &[(&str, &[&str], &Expected, &str)] = &[
    ("Query", &["myself"], &READ, "{FIELD{id}}"),
    ("Myself", &["id", "organizationId", "pubKey"], &READ, "{myself{FIELD}}"),
    ("Myself", &["apiKeys", "endpoints", "networkVolumes"], &READ, "{myself{FIELD{id}}}"),
    ("Myself", &["apiKeyUsage"], &NAMED_READ, r#"{myself{FIELD(id:"KEY"){total}}}"#),
    ("Usage", &["total", "incomplete"], &NAMED_READ, r#"{myself{apiKeyUsage(id:"KEY",by:ACTION){FIELD}}}"#),
    ("Usage", &["data"], &NAMED_READ, r#"{myself{apiKeyUsage(id:"KEY"){FIELD{calls}}}}"#),
    (
        "UsageCount",
        &["value", "start", "calls"],
        &NAMED_READ,
        r#"{myself{apiKeyUsage(id:"KEY",interval:HOUR){data{FIELD}}}}"#,
    ),
    (
        "ApiKey",
        &[
            "id",
            "name",
            "permissions",
            "createdAt",
            "lastUsed",
            "expiresAt",
            "enabled",
            "status",
            "allowedIpCidrs",
            "class",
            "legacy",
        ],
        &READ,
        "{myself{apiKeys{FIELD}}}",
    ),
    (
        "Endpoint",
        &[
            "id",
            "name",
            "createdAt",
            "userId",
            "aiKey",
            "gpuCount",
            "gpuIds",
            "idleTimeout",
            "locations",
            "networkVolumeId",
            "scalerType",
            "scalerValue",
            "templateId",
            "type",
            "version",
            "workersMax",
            "workersMin",
            "workersStandby",
        ],
        &READ,
        "{myself{endpoints{FIELD}}}",
    ),
    ("Endpoint", &["env"], &READ, "{myself{endpoints{FIELD{key}}}}"),
    ("Endpoint", &["networkVolume"], &READ, "{myself{endpoints{FIELD{id}}}}"),
    ("EnvironmentVariable", &["key", "value"], &READ, "{myself{endpoints{env{FIELD}}}}"),
    ("NetworkVolume", &["id", "name", "size", "dataCenterId"], &READ, "{myself{networkVolumes{FIELD}}}"),
    ("Mutation", &["updateUserSettings"], &WRITE, r#"mutation{FIELD(input:{pubKey:"x"}){id}}"#),
    ("UserSettings", &["id", "pubKey"], &WRITE, r#"mutation{updateUserSettings(input:{pubKey:"x"}){FIELD}}"#),
    ("Mutation", &["createApiKey"], &WRITE, r#"mutation{FIELD(input:{name:"n",permission:READ_ONLY}){id}}"#),
    (
        "NewApiKey",
        &[
            "id",
            "name",
            "permissions",
            "createdAt",
            "lastUsed",
            "expiresAt",
            "enabled",
            "status",
            "allowedIpCidrs",
            "class",
            "legacy",
            "secret",
        ],
        &WRITE,
        r#"mutation{createApiKey(input:{name:"n",permission:READ_ONLY}){FIELD}}"#,
    ),
    ("Mutation", &["updateApiKey"], &NAMED, r#"mutation{FIELD(input:{id:"KEY",name:"taken"}){id}}"#),
    ("Mutation", &["deleteApiKey"], &NAMED, r#"mutation{FIELD(id:"KEY")}"#),
];

both!(every_field_is_closed_to_whoever_may_not_and_shows_nobody_anything_of_another);
fn every_field_is_closed_to_whoever_may_not_and_shows_nobody_anything_of_another(site: Site) {
    let stage = Stage::on(site);
    let (owner, stranger) = (&stage.owner, stage.stranger());
    let foreign = administrator(&stranger);
    let powerless = owner.key_with(json!({"access": {"preset": "restricted"}}));
    let reader = owner.key_with(json!({"access": {"preset": "read_only"}}));
    let target = owner.key();
    let before = owner.census();
    let mut tally = Tally::default();
    for (of, fields, expected, document) in TABLE {
        for field in *fields {
            let document = document.replace("FIELD", field).replace("KEY", &target.id);
            let case = format!("{of}.{field}");
            let body = json!({"query": document});
            let nobody = Request::new("POST", "/graphql").json(&body).send(owner.public);
            tally.equal(format_args!("{case} nobody"), &outcome(&nobody).as_str(), &expected.nobody);
            for (who, key, expected) in [
                ("stranger", &foreign, expected.stranger),
                ("powerless", &powerless, expected.powerless),
                ("reader", &reader, expected.reader),
            ] {
                let answer = request(&key.value, &body).send(owner.public);
                tally.equal(format_args!("{case} {who}"), &outcome(&answer).as_str(), &expected);
                let text = answer.text();
                let shown = [&owner.organization, &owner.project].into_iter().any(|id| text.contains(id));
                tally.that(who != "stranger" || !shown, &case, &answer);
            }
        }
    }
    tally.equal("afterwards", &owner.census(), &before);
    tally.end();
}

#[test]
fn the_walk_knows_every_field_of_the_committed_schema() {
    let schema = Schema::parse(&std::fs::read_to_string("../api/schema.graphql").unwrap()).unwrap();
    let there: BTreeSet<String> = schema
        .objects()
        .flat_map(|of| schema.object(of).unwrap().keys().map(move |field| format!("{of}.{field}")))
        .collect();
    let known: BTreeSet<String> = TABLE
        .iter()
        .flat_map(|(of, fields, ..)| fields.iter().map(move |field| format!("{of}.{field}")))
        .collect();
    assert_eq!(there, known, "add an expectation to TABLE for each field of the schema");
}

#[test]
fn the_command_prints_the_schema_that_the_server_goes_by() {
    let printed = crate::harness::keydesk(&["schema"]).output().unwrap();
    assert!(printed.status.success(), "{printed:?}");
    let committed = std::fs::read("../api/schema.graphql").unwrap();
    let hint = "api/schema.graphql is compiled in: `cargo run -p keydesk -- schema` prints it";
    assert!(printed.stdout == committed, "{hint}");
}
