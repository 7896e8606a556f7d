"""The published bytes: statuses, headers and bodies that other clients than this one depend on."""

import json

from wire import Wire

VERSIONS = ["2025-04", "2025-10", "2026-01.alpha", "2026-04", "2026-07"]
KEY_FIELDS = {"id", "name", "project_id", "roles"}


def the_documented_curl_creates_a_key(desk):
    """`curl -d` without a Content-Type says that the JSON is a form; the example's path has an underscore."""
    project_id = desk.project()
    body = '{\n\t\t"name": "Example API Key",\n\t\t"roles": ["ProjectEditor"]\n\t}'
    for path in ("api_keys", "api-keys"):
        for headers in ({"Content-Type": "application/x-www-form-urlencoded"}, {}):
            path_of = f"/admin/projects/{project_id}/{path}"
            answer = desk.call("POST", path_of, body, {"Accept": "*/*", **headers}, version="2025-04")
            desk.report.equal(f"{path} with {headers}", answer.status, 200)
            made = answer.json()
            desk.report.equal("name", made["key"]["name"], "Example API Key")
            desk.report.equal("verified", desk.code(made["value"]), "allowed")


def every_published_version_is_served_alike(desk):
    for version in [*VERSIONS, None]:
        project = _json(desk, "POST", "/admin/projects", {"name": "versions"}, 200, version)
        of_project = f"/admin/projects/{project['id']}"
        made = _json(desk, "POST", f"{of_project}/api-keys", {"name": "k"}, 200, version)
        of_key = f"/admin/api-keys/{made['key']['id']}"
        desk.report.equal(f"{version}: created", set(made), {"key", "value"})
        desk.report.true(f"{version}: fields of a key", KEY_FIELDS <= set(made["key"]))
        listed = _json(desk, "GET", f"{of_project}/api-keys", None, 200, version)
        desk.report.equal(f"{version}: listed", listed["data"], [made["key"]])
        desk.report.equal(f"{version}: described", _json(desk, "GET", of_key, None, 200, version), made["key"])
        updated = _json(desk, "PATCH", of_key, {"name": "n"}, 200, version)
        desk.report.equal(f"{version}: updated", updated, {**made["key"], "name": "n"})
        _json(desk, "GET", "/admin/projects", None, 200, version)
        _json(desk, "PATCH", of_project, {}, 200, version)
        for path, code in [(of_key, "revoked"), (of_project, "disabled")]:
            answer = desk.call("DELETE", path, version=version)
            desk.report.equal(f"{version}: DELETE {path}", (answer.status, answer.body), (202, b""))
            desk.report.equal(f"{version}: after DELETE {path}", desk.code(made["value"]), code)


def a_value_is_shown_once(desk):
    project_id = desk.project()
    created = desk.key(project_id)
    of_key = f"/admin/api-keys/{created.key.id}"
    for method, path, body in [
        ("GET", of_key, None),
        ("PATCH", of_key, '{"name": "again"}'),
        ("GET", f"/admin/projects/{project_id}/api-keys", None),
        ("GET", f"/admin/projects/{project_id}/api-keys?status=all", None),
        ("GET", "/admin/changes", None),
    ]:
        answer = desk.call(method, path, body)
        desk.report.equal(f"{method} {path}", answer.status, 200)
        desk.report.true(f"no value in {method} {path}", created.value.encode() not in answer.body)
    desk.report.true("no value in the server's log", created.value not in "\n".join(desk.server.log))


def errors_have_the_published_shape(desk):
    project_id = desk.project()
    path = f"/admin/projects/{project_id}/api-keys"
    for what, answer, status, code in [
        ("no JSON", desk.call("POST", path, "{"), 400, "INVALID_ARGUMENT"),
        ("no body", desk.call("POST", path), 400, "INVALID_ARGUMENT"),
        ("no name", desk.call("POST", path, "{}"), 400, "INVALID_ARGUMENT"),
        ("an unknown role", desk.call("POST", path, '{"name": "k", "roles": ["Root"]}'), 400, "INVALID_ARGUMENT"),
        ("no roles", desk.call("POST", path, '{"name": "k", "roles": []}'), 400, "INVALID_ARGUMENT"),
        ("a bad token", desk.call("GET", path, token="x"), 401, "UNAUTHENTICATED"),
        ("an unknown key", desk.call("GET", "/admin/api-keys/x"), 404, "NOT_FOUND"),
        ("an unknown path", desk.call("GET", "/admin/nothing"), 404, "NOT_FOUND"),
    ]:
        error = answer.json()
        desk.report.equal(what, (answer.status, error["status"], error["error"]["code"]), (status, status, code))
        desk.report.true(f"{what}: a message", error["error"]["message"])
        desk.report.true(f"{what}: a request id", answer.headers["X-Pinecone-Request-Id"])
    desk.report.equal("nothing was made", desk.call("GET", path).json()["data"], [])


def an_id_that_is_no_text_has_an_answer_of_that_shape_too(desk):
    for path in ("/admin/api-keys/%ff", "/admin/projects/%ff/api-keys", "/admin/organizations/%ff"):
        answer = desk.call("GET", path)
        desk.report.equal(f"type of {path}", answer.headers["Content-Type"], "application/json")
        desk.report.contains(f"status of {path}", [400, 404], answer.status)


def no_credential_is_challenged(desk):
    for path in ("/admin/projects", "/admin/api-keys/x", "/admin/api-keys/%ff"):
        with Wire(desk.server.public_url) as wire:
            answer = wire.request("GET", path)
        desk.report.equal(f"status of {path}", answer.status, 401)
        desk.report.contains(f"body of {path}", answer.body, b'"UNAUTHENTICATED"')
        desk.report.contains(f"challenge of {path}", answer.headers["WWW-Authenticate"] or "", "Bearer")


def unknown_fields_are_ignored_for_published_clients_only(desk):
    """Older clients send `description`; anyone else who mistypes a restriction must not get an unrestricted key."""
    path = f"/admin/projects/{desk.project()}/api-keys"
    body = '{"name": "k", "description": "sent by pinecone 8"}'
    desk.report.equal("with a version", desk.call("POST", path, body, version="2025-10").status, 200)
    desk.report.equal("without", desk.call("POST", path, body, version=None).status, 400)


def _json(desk, method, path, body, status, version):
    sent = None if body is None else json.dumps(body)
    answer = desk.call(method, path, sent, {"Content-Type": "application/json"}, version=version)
    desk.report.equal(f"{version}: {method} {path}", answer.status, status)
    return answer.json()
