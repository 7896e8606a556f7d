"""`admin.role_bindings`."""

import uuid

from pinecone import APIKeyRole
from pinecone.errors import ApiError, ConflictError, ForbiddenError, NotFoundError
from pinecone.models.admin import PrincipalType, ResourceType, RoleName

from checks.roles import MAY
from checks.values import is_time, is_uuid


def the_bindings_of_a_key_are_its_roles(desk):
    bindings, project_id = desk.admin.role_bindings, desk.project()
    created = desk.key(project_id, roles=["DataPlaneViewer"])
    key_id = created.key.id
    of_key = {"principal_type": "api_key", "principal_id": key_id}
    desk.report.equal("at first", [each.role for each in bindings.list(**of_key)], ["DataPlaneViewer"])
    desk.report.equal("no control plane", _code(desk, created, "read", "CONTROL"), "insufficient_scope")

    bound = _bind_key(desk, created.key, RoleName.CONTROL_PLANE_VIEWER)
    desk.report.true("id and time", is_uuid(bound.id) and is_time(bound.created_at))
    shown = (bound.principal_type, bound.principal_id, bound.resource_type, bound.resource_id, bound.role)
    desk.report.equal("as asked", shown, ("api_key", key_id, "project", project_id, "ControlPlaneViewer"))
    desk.report.equal("described", bindings.describe(role_binding_id=bound.id), bound)
    desk.report.equal("at once", _code(desk, created, "read", "CONTROL"), "allowed")
    expected = {APIKeyRole.CONTROL_PLANE_VIEWER, APIKeyRole.DATA_PLANE_VIEWER}
    desk.report.equal("roles", set(desk.admin.api_keys.describe(api_key_id=key_id).roles), expected)
    desk.report.raises(
        "twice", ConflictError, lambda: _bind_key(desk, created.key, "ControlPlaneViewer"), status=409,
        text="already",
    )

    desk.admin.api_keys.update(api_key_id=key_id, roles=["ControlPlaneViewer", "DataPlaneEditor"])
    roles = {each.role: each.id for each in bindings.list(**of_key)}
    desk.report.equal("replaced", set(roles), {"ControlPlaneViewer", "DataPlaneEditor"})
    desk.report.equal("what stays is the same", roles["ControlPlaneViewer"], bound.id)
    desk.report.equal("delete", bindings.delete(role_binding_id=roles["DataPlaneEditor"]), None)
    desk.report.equal("at once", _code(desk, created, "read", "DATA"), "insufficient_scope")
    desk.report.raises(
        "delete again", NotFoundError, lambda: bindings.delete(role_binding_id=roles["DataPlaneEditor"]), status=404
    )
    desk.report.raises(
        "the last one", ConflictError, lambda: bindings.delete(role_binding_id=bound.id), status=409
    )


def each_role_of_a_key_can_be_bound(desk):
    """One after the other, each beside the one before, which is then taken away."""
    project_id = desk.project()
    created = desk.key(project_id, roles=["ProjectEditor"])
    of_key = {"principal_type": PrincipalType.API_KEY, "principal_id": created.key.id}
    for role in [role for role in APIKeyRole if role != APIKeyRole.PROJECT_EDITOR]:
        old = list(desk.admin.role_bindings.list(**of_key))
        _bind_key(desk, created.key, role.value)
        for each in old:
            desk.admin.role_bindings.delete(role_binding_id=each.id)
        described = desk.admin.api_keys.describe(api_key_id=created.key.id)
        desk.report.equal(role.value, described.roles, [role])
        allowed = {
            f"{action} {plane}" for action in ("read", "write") for plane in ("CONTROL", "DATA")
            if _code(desk, created, action, plane) == "allowed"
        }
        desk.report.equal(f"what {role.value} allows", allowed, MAY[role])


def what_a_key_cannot_be_bound_to_is_refused(desk):
    project_id, other = desk.project(), desk.project()
    key = desk.key(project_id).key
    bind = desk.admin.role_bindings.create
    of_key = {"principal_type": "api_key", "principal_id": key.id}
    for place, role in [
        ({"resource_type": "organization"}, "OrgMember"),
        ({"resource_type": "organization"}, "ProjectViewer"),
        ({"resource_type": "project", "resource_id": other}, "ProjectViewer"),
        ({"resource_type": "project", "resource_id": project_id}, "ProjectOwner"),
        ({"resource_type": "project", "resource_id": project_id}, "OrgOwner"),
    ]:
        desk.report.raises(f"{role} {place}", ApiError, lambda: bind(**of_key, **place, role=role), status=400)
    for written in ('"scopes": [{"action": "read"}]', '"access": {"preset": "all"}'):
        body = f'{{"name": "k", {written}}}'
        answer = desk.call("POST", f"/admin/projects/{project_id}/api-keys", body, version=None)
        made = answer.json()["key"]
        desk.report.raises(
            written, ConflictError,
            lambda: bind(
                principal_type="api_key", principal_id=made["id"], resource_type="project",
                resource_id=project_id, role="ProjectViewer",
            ),
            status=409,
        )


def a_member_is_given_a_role_and_loses_it(desk):
    created = desk.admin.service_accounts.create(name="bound")
    account_id = created.service_account.id
    credential = {"client_id": created.service_account.client_id, "client_secret": created.client_secret}
    account, project_id = desk.client(credential), desk.project()
    bind = desk.admin.role_bindings.create
    of_account = {"principal_type": PrincipalType.SERVICE_ACCOUNT, "principal_id": account_id}
    bound = bind(**of_account, resource_type=ResourceType.PROJECT, resource_id=project_id, role="ProjectMember")
    desk.report.equal("sees it", account.projects.describe(project_id=project_id).id, project_id)
    on_organization = bind(**of_account, resource_type="organization", role="OrgMember")
    desk.report.equal("resource_id", on_organization.resource_id, desk.organization_id)
    desk.report.raises(
        "gives what it lacks", ForbiddenError,
        lambda: account.role_bindings.create(**of_account, resource_type="organization", role="OrgManager"),
        status=403,
    )
    seen = {each.id for each in account.role_bindings.list(principal_type="service_account", principal_id=account_id)}
    desk.report.equal("sees its own", seen, {bound.id, on_organization.id})
    desk.admin.role_bindings.delete(role_binding_id=bound.id)
    desk.report.raises("sees it no more", NotFoundError, lambda: account.projects.describe(project_id=project_id))
    owners = list(desk.admin.role_bindings.list(role="OrgOwner", resource_type="organization"))
    desk.report.equal("one owner", len(owners), 1)
    desk.report.raises(
        "the last owner", ConflictError,
        lambda: desk.admin.role_bindings.delete(role_binding_id=owners[0].id), status=409,
    )


def filters_are_joined_and_pages_follow_each_other(desk):
    project_id = desk.project()
    keys = [desk.key(project_id, roles=["DataPlaneViewer", "ControlPlaneViewer"]).key for _ in range(3)]
    in_project = {"resource_type": "project", "resource_id": project_id}
    bindings = desk.admin.role_bindings
    whole = list(bindings.list(**in_project))
    desk.report.equal("both roles of each", len(whole), 6)
    desk.report.equal("one role", len(list(bindings.list(**in_project, role="DataPlaneViewer"))), 3)
    one = {"principal_type": "api_key", "principal_id": keys[0].id}
    desk.report.equal("one role of one key", len(list(bindings.list(**in_project, **one, role="DataPlaneViewer"))), 1)
    desk.report.equal("none of a user", list(bindings.list(**in_project, principal_type="user")), [])
    pages = list(bindings.list(**in_project, limit=4).pages())
    desk.report.equal("pages", [len(page.items) for page in pages], [4, 2])
    desk.report.equal("the same", [each for page in pages for each in page.items], whole)
    for query in (f"principal_id={keys[0].id}", f"resource_id={project_id}", "role=Emperor", "principal_type=robot"):
        answer = desk.call("GET", f"/admin/role-bindings?{query}")
        shown = (answer.status, answer.json()["error"]["code"])
        desk.report.equal(query, shown, (400, "INVALID_ARGUMENT"))


def what_is_not_there_is_not_found(desk):
    unknown, project_id = str(uuid.uuid4()), desk.project()
    bindings = desk.admin.role_bindings
    text = f"Role Binding {unknown} not found"
    for name, call in {"describe": bindings.describe, "delete": bindings.delete}.items():
        desk.report.raises(name, NotFoundError, lambda: call(role_binding_id=unknown), status=404, text=text)
    for kind in PrincipalType:
        place = {"resource_type": "project", "resource_id": project_id, "role": "ProjectViewer"}
        desk.report.raises(
            f"an unknown {kind.value}", NotFoundError,
            lambda: bindings.create(principal_type=kind, principal_id=unknown, **place), status=404,
            text=f"{unknown} not found",
        )


def _bind_key(desk, key, role):
    return desk.admin.role_bindings.create(
        principal_type="api_key", principal_id=key.id, resource_type="project", resource_id=key.project_id, role=role
    )


def _code(desk, created, action, plane):
    return desk.code(created.value, action, f"PROJECT/{created.key.project_id}/{plane}")
