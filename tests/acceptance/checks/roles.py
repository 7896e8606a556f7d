"""What the value of a key may do: within its roles and its project, and nothing else."""

from pinecone import APIKeyRole

EVERYTHING = {"read CONTROL", "write CONTROL", "read DATA", "write DATA"}
MAY = {
    APIKeyRole.PROJECT_EDITOR: EVERYTHING,
    APIKeyRole.PROJECT_VIEWER: {"read CONTROL", "read DATA"},
    APIKeyRole.CONTROL_PLANE_EDITOR: {"read CONTROL", "write CONTROL"},
    APIKeyRole.CONTROL_PLANE_VIEWER: {"read CONTROL"},
    APIKeyRole.DATA_PLANE_EDITOR: {"read DATA", "write DATA"},
    APIKeyRole.DATA_PLANE_VIEWER: {"read DATA"},
}


def each_role_allows_what_it_says(desk):
    project_id = desk.project()
    desk.report.equal("roles", set(MAY), set(APIKeyRole))
    for role, expected in MAY.items():
        value = desk.key(project_id, roles=[role]).value
        desk.report.equal(role.value, _allowed(desk, value, project_id), expected)


def roles_add_up(desk):
    project_id = desk.project()
    value = desk.key(project_id, roles=["ControlPlaneViewer", "DataPlaneEditor"]).value
    expected = {"read CONTROL", "read DATA", "write DATA"}
    desk.report.equal("two roles", _allowed(desk, value, project_id), expected)


def new_roles_replace_the_old_ones_at_once(desk):
    project_id = desk.project()
    created = desk.key(project_id)
    for role, expected in MAY.items():
        desk.admin.api_keys.update(api_key_id=created.key.id, roles=[role])
        desk.report.equal(role.value, _allowed(desk, created.value, project_id), expected)


def no_role_reaches_another_project(desk):
    own, sibling = desk.project(), desk.project("sibling")
    foreign = desk.server.create_organization("Stranger", "Enterprise")["project_id"]
    for role in MAY:
        value = desk.key(own, roles=[role]).value
        desk.report.equal(f"{role.value} beside", _allowed(desk, value, sibling), set())
        desk.report.equal(f"{role.value} in another organization", _allowed(desk, value, foreign), set())


def no_role_administers_or_reaches_other_resources(desk):
    project_id = desk.project()
    value = desk.key(project_id, roles=list(APIKeyRole)).value
    for action, resource in [
        ("admin", f"PROJECT/{project_id}/DATA"),
        ("admin", f"PROJECT/{project_id}/CONTROL"),
        ("read", f"PROJECT/{project_id}"),
        ("read", "PROJECT/00000000-0000-4000-8000-000000000000/DATA"),
        ("read", "ENDPOINT/ep1"),
        ("read", "GRAPHQL"),
    ]:
        desk.report.equal(f"{action} {resource}", desk.code(value, action, resource), "insufficient_scope")


def _allowed(desk, value, project_id):
    """Of the four calls there are to a project, those that the value may make."""
    allowed = set()
    for call in sorted(EVERYTHING):
        action, plane = call.split()
        code = desk.code(value, action, f"PROJECT/{project_id}/{plane}")
        if code == "allowed":
            allowed.add(call)
        else:
            desk.report.equal(f"why not {call}", code, "insufficient_scope")
    return allowed
