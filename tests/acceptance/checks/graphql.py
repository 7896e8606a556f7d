"""`/graphql`, used by the published RunPod client."""

import json
import logging
import os

import runpod
from runpod.error import AuthenticationError, QueryError

from checks.values import is_key, is_time
from wire import Wire

# The client has every library of the process log each request.
logging.disable(logging.INFO)

PUBLIC_KEY = "ssh-ed25519 AAA x"


def a_key_does_what_its_permission_says(desk):
    project_id = desk.project()
    restricted = {"preset": "restricted"}
    for access, reads, writes in [
        ({"preset": "all"}, True, True),
        ({"preset": "read_only"}, True, False),
        (restricted, False, False),
        ({**restricted, "levels": {"graphql": "none", "ai": "read_write"}}, False, False),
        ({**restricted, "levels": {"graphql": "read_only"}}, True, False),
        ({**restricted, "levels": {"graphql": "read_write"}}, True, True),
    ]:
        client = _client(desk, _key(desk, project_id, access=access))
        if reads:
            user = client.get_user()
            desk.report.equal(f"get_user with {access}", user["id"], project_id)
            desk.report.equal("its fields", sorted(user), ["id", "networkVolumes", "pubKey"])
            desk.report.equal(f"get_endpoints with {access}", client.get_endpoints(), [])
        else:
            _is_unauthorized(desk, f"get_user with {access}", client.get_user)
            _is_unauthorized(desk, f"get_endpoints with {access}", client.get_endpoints)
        if writes:
            kept = client.update_user_settings(PUBLIC_KEY)
            desk.report.equal(f"update_user_settings with {access}", kept, {"id": project_id, "pubKey": PUBLIC_KEY})
        else:
            _is_unauthorized(desk, f"update_user_settings with {access}", lambda: client.update_user_settings("x"))


def what_is_set_is_kept_for_the_project(desk):
    project_id = desk.project()
    writer = _client(desk, _key(desk, project_id, access={"preset": "all"}))
    for text in (PUBLIC_KEY, f"{PUBLIC_KEY}\nssh-rsa BBB y"):
        writer.update_user_settings(text)
        desk.report.equal(f"after {text!r}", writer.get_user()["pubKey"], text)
    elsewhere = _client(desk, _key(desk, desk.project(), access={"preset": "read_only"}))
    desk.report.equal("another project", elsewhere.get_user()["pubKey"], None)


def endpoints_are_those_that_the_operator_registered(desk):
    project_id = desk.project()
    client = _client(desk, _key(desk, project_id, access={"preset": "read_only"}))
    body = json.dumps({"resource": f"ENDPOINT/ep-{project_id}", "name": "An endpoint"})
    made = desk.call("POST", f"/admin/projects/{project_id}/resources", body, version=None)
    desk.report.equal("registered", made.status, 200)
    endpoints = client.get_endpoints()
    shown = [(each["id"], each["name"], each["userId"]) for each in endpoints]
    desk.report.equal("endpoints", shown, [(f"ep-{project_id}", "An endpoint", project_id)])
    desk.report.true("since when", is_time(endpoints[0]["createdAt"]))
    desk.report.equal("what is not known", [endpoints[0][name] for name in ("aiKey", "env", "workersMax")], [None] * 3)


def a_key_that_was_revoked_or_switched_off_is_an_authentication_error(desk):
    project_id = desk.project()
    revoked, disabled = (_key(desk, project_id, access={"preset": "all"}) for _ in range(2))
    for key in (revoked, disabled):
        desk.report.equal("before", _client(desk, key).get_user()["id"], project_id)
    desk.call("DELETE", f"/admin/api-keys/{revoked['key']['id']}")
    desk.call("PATCH", f"/admin/api-keys/{disabled['key']['id']}", '{"enabled": false}')
    for name, key in (("revoked", revoked), ("disabled", disabled)):
        client = _client(desk, key)
        for call in (client.get_user, client.get_endpoints, lambda: client.update_user_settings("x")):
            desk.report.raises(name, AuthenticationError, call)
    desk.call("PATCH", f"/admin/api-keys/{disabled['key']['id']}", '{"enabled": true}')
    desk.report.equal("switched on again", _client(desk, disabled).get_user()["id"], project_id)


def a_key_that_nobody_knows_has_no_user(desk):
    """As the published service answers: no error, and nobody."""
    for value in ("rpa_" + "A" * 46, "junk"):
        client = _client(desk, {"value": value})
        desk.report.equal(f"get_user with {value}", client.get_user(), None)
        desk.report.raises(f"get_endpoints with {value}", TypeError, client.get_endpoints)
        desk.report.raises(f"update_user_settings with {value}", KeyError, lambda: client.update_user_settings("x"))


def keys_are_made_and_revoked_by_an_administrator_s_key(desk):
    project_id = desk.project()
    organization = f"ORGANIZATION/{desk.organization_id}"
    scopes = [{"action": "admin", "resource_filter": organization}, {"action": "read"}, {"action": "write"}]
    admin = _key(desk, project_id, scopes=scopes, **{"class": "admin"})["value"]
    create = """mutation { createApiKey(input: {name: "ci", permission: RESTRICTED, graphql: READ_ONLY, ai: RESTRICTED,
        endpoints: [{id: "ep1", access: READ_WRITE}], expiresAt: null}) {id name permissions createdAt secret} }"""
    made = _ask(desk, admin, create)["data"]["createApiKey"]
    desk.report.true("the secret's form", is_key(made["secret"]))
    permissions = "RESTRICTED ai=RESTRICTED graphql=READ_ONLY endpoints/ep1=READ_WRITE"
    desk.report.equal("permissions", made["permissions"], permissions)
    desk.report.equal("its own user", _client(desk, {"value": made["secret"]}).get_user()["id"], project_id)
    listed = _ask(desk, admin, "{ myself { apiKeys { id name permissions createdAt lastUsed } } }")
    names = [each["name"] for each in listed["data"]["myself"]["apiKeys"]]
    desk.report.equal("listed", names, ["a key", "ci"])
    off = _ask(desk, admin, f'mutation {{ updateApiKey(input: {{id: "{made["id"]}", enabled: false}}) {{ status }} }}')
    desk.report.equal("switched off", off["data"]["updateApiKey"], {"status": "DISABLED"})
    desk.report.equal("at once", desk.code(made["secret"]), "disabled")
    gone = _ask(desk, admin, f'mutation {{ deleteApiKey(id: "{made["id"]}") }}')
    desk.report.equal("revoked", gone, {"data": {"deleteApiKey": True}})
    desk.report.equal("for ever", desk.code(made["secret"]), "revoked")


def _key(desk, project_id, **fields):
    answer = desk.call("POST", f"/admin/projects/{project_id}/api-keys", json.dumps({"name": "a key", **fields}))
    if answer.status != 200:
        raise RuntimeError(f"no key: {answer.status} {answer.body}")
    return answer.json()


def _client(desk, key):
    """The client reads where the service is on every call."""
    os.environ["RUNPOD_API_BASE_URL"] = desk.server.public_url
    runpod.api_key = key["value"]
    return runpod


def _is_unauthorized(desk, what, call):
    desk.report.raises(what, QueryError, call, text="Unauthorized")


def _ask(desk, value, query):
    """As the documents of the service show it: the key in the address."""
    with Wire(desk.server.public_url) as wire:
        headers = {"Content-Type": "application/json"}
        return wire.request("POST", f"/graphql?api_key={value}", json.dumps({"query": query}), headers).json()
