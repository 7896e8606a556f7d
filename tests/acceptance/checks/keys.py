"""`admin.api_keys`."""

import uuid

from pinecone import APIKeyRole
from pinecone.errors import ApiError, NotFoundError

from checks.values import is_key, is_uuid, with_checksum


def a_key_is_created_with_the_default_role(desk):
    project_id = desk.project()
    created = desk.admin.api_keys.create(project_id=project_id, name="devkey")
    key = created.key
    desk.report.true("id", is_uuid(key.id))
    desk.report.equal("name", key.name, "devkey")
    desk.report.equal("project_id", key.project_id, project_id)
    desk.report.equal("roles", key.roles, [APIKeyRole.PROJECT_EDITOR])
    desk.report.equal("role", key.role, APIKeyRole.PROJECT_EDITOR)
    desk.report.true("the value's form", is_key(created.value))
    desk.report.equal("described", desk.admin.api_keys.describe(api_key_id=key.id), key)


def a_value_is_allowed_and_names_its_key(desk):
    project_id = desk.project()
    created = desk.key(project_id, "named")
    decision = desk.verify(created.value)
    desk.report.equal("code", decision["code"], "allowed")
    desk.report.equal("key", decision["key"], {
        "id": created.key.id, "name": "named",
        "organization_id": desk.organization_id, "project_id": project_id,
    })


def roles_are_set_by_name_and_by_enumeration(desk):
    project_id = desk.project()
    for role in APIKeyRole:
        for written in (role, role.value):
            created = desk.key(project_id, roles=[written])
            desk.report.equal(f"created with {written!r}", created.key.roles, [role])
    both = desk.key(project_id, roles=["DataPlaneViewer", APIKeyRole.CONTROL_PLANE_VIEWER, "DataPlaneViewer"])
    expected = [APIKeyRole.CONTROL_PLANE_VIEWER, APIKeyRole.DATA_PLANE_VIEWER]
    desk.report.equal("a set of roles", sorted(both.key.roles), expected)


def keys_are_listed_without_their_values(desk):
    project_id = desk.project()
    desk.report.equal("at first", list(desk.admin.api_keys.list(project_id=project_id)), [])
    created = [desk.key(project_id, name) for name in ("one", "two", "three")]
    elsewhere = desk.key(desk.project(), "elsewhere")
    listed = desk.admin.api_keys.list(project_id=project_id)
    desk.report.equal("keys", sorted(each.id for each in listed), sorted(each.key.id for each in created))
    desk.report.equal("names", sorted(listed.names()), ["one", "three", "two"])
    desk.report.contains("as created", list(listed), created[0].key)
    desk.report.true("none of another project", elsewhere.key not in list(listed))


def names_of_keys_are_not_unique(desk):
    project_id = desk.project()
    first, second = desk.key(project_id, "twin"), desk.key(project_id, "twin")
    desk.report.true("another id", first.key.id != second.key.id)
    desk.report.true("another value", first.value != second.value)
    desk.admin.api_keys.delete(api_key_id=first.key.id)
    desk.report.equal("the other one", desk.code(second.value), "allowed")


def a_name_of_a_key_has_up_to_80_characters(desk):
    project_id = desk.project()
    for longest in ("x" * 80, "☂" * 80):
        key = desk.key(project_id, longest).key
        desk.report.equal("80 characters", key.name, longest)
        desk.report.equal("described", desk.admin.api_keys.describe(api_key_id=key.id).name, longest)
    # On create the client itself refuses a longer name, on update it leaves that to the server.
    for name in ("x" * 81, ""):
        desk.report.raises(
            f"update to {len(name)} characters", ApiError,
            lambda: desk.admin.api_keys.update(api_key_id=key.id, name=name), status=400, text="name",
        )
        answer = desk.call("POST", f"/admin/projects/{project_id}/api-keys", f'{{"name": "{name}"}}')
        shown = (answer.status, answer.json()["error"]["code"])
        desk.report.equal(f"create with {len(name)} characters", shown, (400, "INVALID_ARGUMENT"))
    desk.report.equal("afterwards", desk.admin.api_keys.describe(api_key_id=key.id), key)


def a_key_is_updated_and_keeps_its_value(desk):
    keys = desk.admin.api_keys
    created = desk.key(desk.project(), "before")
    viewer, editor = APIKeyRole.DATA_PLANE_VIEWER, APIKeyRole.CONTROL_PLANE_EDITOR
    for change, name, roles in [
        ({}, "before", [APIKeyRole.PROJECT_EDITOR]),
        ({"name": "after"}, "after", [APIKeyRole.PROJECT_EDITOR]),
        ({"roles": [viewer]}, "after", [viewer]),
        ({"roles": ["ControlPlaneEditor"]}, "after", [editor]),
        ({"roles": [editor, viewer.value]}, "after", [editor, viewer]),
        ({"name": "last", "roles": ["ProjectViewer"]}, "last", [APIKeyRole.PROJECT_VIEWER]),
    ]:
        updated = keys.update(api_key_id=created.key.id, **change)
        desk.report.equal(f"after {change}", (updated.name, sorted(updated.roles)), (name, roles))
        shown = (updated.id, updated.project_id)
        desk.report.equal("the rest", shown, (created.key.id, created.key.project_id))
        desk.report.equal("described", keys.describe(api_key_id=created.key.id), updated)
        desk.report.equal("its value", desk.code(created.value), "allowed")
    desk.report.raises(
        "no roles at all", ApiError, lambda: keys.update(api_key_id=created.key.id, roles=[]), status=400
    )


def a_deleted_key_is_gone(desk):
    created = desk.key(desk.project())
    desk.report.equal("delete", desk.admin.api_keys.delete(api_key_id=created.key.id), None)
    listed = desk.admin.api_keys.list(project_id=created.key.project_id)
    desk.report.equal("listed", list(listed), [])
    _is_not_found(desk, created.key.id, f"API Key {created.key.id} not found")


def an_unknown_key_is_not_found(desk):
    unknown = str(uuid.uuid4())
    _is_not_found(desk, unknown, f"API Key {unknown} not found")
    for odd in ("no-such-key", "a/b", "%2e%2e", "ä", "x" * 1000):
        _is_not_found(desk, odd, "not found")
    value = desk.key(desk.project()).value
    desk.report.raises(
        "a value in place of the id", NotFoundError, lambda: desk.admin.api_keys.describe(api_key_id=value)
    )


def what_is_no_key_is_told_from_an_unknown_one(desk):
    value = desk.key(desk.project()).value
    other = "A" if value[10] != "A" else "B"
    mistyped = value[:10] + other + value[11:]
    desk.report.equal("one character changed", desk.code(mistyped), "malformed")
    desk.report.equal("and its checksum too", desk.code(with_checksum(mistyped[:-6])), "unknown")
    for junk in ("", "x", value[:-1], value + "A", value.lower(), " " + value, value + "\n", "x" * 10_000):
        decision = desk.verify(junk)
        desk.report.equal(f"junk {junk[:12]!r}", (decision["code"], decision["key"]), ("malformed", None))


def _is_not_found(desk, key_id, text):
    keys = desk.admin.api_keys
    for name, call in {
        "describe": lambda: keys.describe(api_key_id=key_id),
        "update": lambda: keys.update(api_key_id=key_id, name="x"),
        "update without a change": lambda: keys.update(api_key_id=key_id),
        "delete": lambda: keys.delete(api_key_id=key_id),
    }.items():
        desk.report.raises(f"{name} of {key_id[:40]}", NotFoundError, call, status=404, text=text)
