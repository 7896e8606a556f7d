//! The committed description of the HTTP API is what the handlers say.

#[test]
fn openapi_json_is_what_the_code_generates() {
    let generated = control::openapi::generate();
    let hint = "run `cargo run -p keydesk -- openapi > api/openapi.json` and look at the difference";
    assert!(generated == control::openapi::COMMITTED, "{hint}");
}

#[test]
fn every_operation_is_named_described_and_answers_errors() {
    let document: serde_json::Value = serde_json::from_str(control::openapi::COMMITTED).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = std::collections::HashSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let place = format!("{method} {path}");
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{place}");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{place}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.keys().any(|status| status.starts_with('4')), "{place}");
            for (status, response) in responses {
                assert!(response["description"].is_string(), "{place} {status}");
            }
        }
    }
}
