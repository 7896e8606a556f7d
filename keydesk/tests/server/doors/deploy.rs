//! Every configuration in `deploy/` deletes and sets exactly the headers that the code knows, and keeps the key.

use crate::harness::Tally;
use data::http::{CREDENTIALS, IDENTITY};
use std::collections::BTreeSet;
use std::fs;

type Names = BTreeSet<String>;

fn read(path: &str) -> String {
    fs::read_to_string(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The lines from one that holds `from` to the next one that holds `to`, each without what stands around a name.
fn block(text: &str, from: &str, to: &str) -> Names {
    let lines = text.lines().skip_while(|line| !line.contains(from)).skip(1);
    lines.take_while(|line| !line.contains(to)).map(name).collect()
}

/// What a pattern with one `…` for the name finds, line by line.
fn each(text: &str, pattern: &str) -> Names {
    let (before, after) = pattern.split_once('…').unwrap();
    let found = |line: &str| {
        let rest = line.trim().strip_prefix(before)?;
        Some(name(rest.split_once(after)?.0))
    };
    text.lines().filter_map(found).collect()
}

fn name(text: &str) -> String {
    let plain = |at: char| at.is_ascii_alphanumeric() || at == '-' || at == '_';
    let text =
        text.trim().trim_start_matches("- ").trim_start_matches("exact: ").trim_start_matches("remove: ");
    text.trim_matches(|at| !plain(at)).split(':').next().unwrap().to_lowercase()
}

fn underscored(names: &Names) -> Names {
    names.iter().map(|name| name.replace('-', "_")).collect()
}

#[test]
fn every_gateway_deletes_and_sets_all_headers_of_identity() {
    let all: Names = IDENTITY.iter().map(|name| (*name).to_owned()).collect();
    let mut tally = Tally::default();

    let nginx = read("deploy/nginx/nginx.conf");
    // Setting a header to an empty variable removes it.
    for name in &all {
        let variable = name.replace('-', "_");
        let taken = format!("auth_request_set ${variable} $upstream_http_{variable};");
        let set = nginx
            .lines()
            .map(|line| line.trim().to_lowercase())
            .filter(|line| *line == taken || *line == format!("proxy_set_header {name} ${variable};"));
        tally.equal(format_args!("nginx: {name}"), &set.count(), &2);
    }
    tally.equal("nginx: no more", &nginx.matches("proxy_set_header X-Auth-").count(), &all.len());
    tally.equal("nginx: underscores", &nginx.contains("underscores_in_headers off;"), &true);

    let caddy = read("deploy/caddy/Caddyfile");
    tally.equal("caddy: set", &block(&caddy, "copy_headers {", "}"), &all);
    for family in ["X-Auth-*", "X_Auth_*", "X-Auth_*", "X_Auth-*"] {
        let line = format!("\t\trequest_header -{family}\n");
        let deleted = caddy.find(&line).is_some_and(|at| at < caddy.find("forward_auth").unwrap());
        tally.equal(format_args!("caddy: {family} is deleted first"), &deleted, &true);
    }

    let (haproxy, lua) = (read("deploy/haproxy/haproxy.cfg"), read("deploy/haproxy/keydesk.lua"));
    tally.equal("haproxy: set", &block(&lua, "local IDENTITY = {", "}"), &all);
    let deleted = haproxy.find("http-request del-header ^x[-_]auth[-_] -m reg\n");
    tally.equal(
        "haproxy: deleted first",
        &(deleted.is_some() && deleted < haproxy.find("lua.keydesk\n")),
        &true,
    );

    for file in ["http", "grpc"] {
        let envoy = read(&format!("deploy/envoy/{file}.yaml"));
        tally.equal(
            format_args!("envoy {file}: deleted"),
            &block(&envoy, "request_mutations:", "- name:"),
            &all,
        );
        let order = envoy.find("filters.http.header_mutation") < envoy.find("filters.http.ext_authz");
        tally.equal(format_args!("envoy {file}: deleted first"), &order, &true);
        tally.equal(
            format_args!("envoy {file}: underscores"),
            &envoy.contains("headers_with_underscores_action: DROP_HEADER"),
            &true,
        );
    }
    let envoy = read("deploy/envoy/http.yaml");
    let set = envoy.split_once("allowed_upstream_headers:").unwrap().1;
    tally.equal("envoy http: set", &block(set, "patterns:", "#"), &all);

    let traefik = read("deploy/traefik/dynamic.yaml");
    tally.equal("traefik: set", &block(&traefik, "authResponseHeaders:", "#"), &all);
    let deleted = each(&traefik, "X_Auth_…: \"\"").iter().map(|name| format!("x_auth_{name}")).collect();
    tally.equal("traefik: underscores", &underscored(&all), &deleted);
    tally.end();
}

#[test]
fn every_gateway_keeps_the_key() {
    let mut tally = Tally::default();
    for (file, before, after) in [
        ("nginx/nginx.conf", "proxy_set_header ", " \"\";"),
        ("caddy/Caddyfile", "request_header -", "\n"),
        ("haproxy/haproxy.cfg", "http-request del-header ", "\n"),
        ("traefik/dynamic.yaml", "          ", ": \"\""),
    ] {
        let text = read(&format!("deploy/{file}")).to_lowercase();
        for name in CREDENTIALS {
            tally.that(
                text.contains(&format!("{before}{name}{after}")),
                format_args!("{file}: {name}"),
                &"absent",
            );
        }
    }
    for file in ["http", "grpc"] {
        let text = read(&format!("deploy/envoy/{file}.yaml"));
        let list = format!("request_headers_to_remove: [{}]", CREDENTIALS.join(", "));
        tally.that(text.contains(&list), file, &list);
    }
    tally.end();
}

/// What the checks through real gateways look for is what the code knows.
#[test]
fn the_checks_know_the_same_headers() {
    let text = read("tests/gateways/checks.py");
    let list = text.split_once("IDENTITY = [").unwrap().1.split_once(']').unwrap().0;
    let found: Vec<String> = list.split(',').map(name).filter(|name| !name.is_empty()).collect();
    assert_eq!(found, IDENTITY);
}
