"""`admin.projects`."""

import uuid

from pinecone.errors import ApiError, NotFoundError, PineconeError

from checks.values import is_time, is_uuid


def a_project_is_created_with_defaults(desk):
    project = desk.admin.projects.create(name="product-search")
    desk.report.true("id", is_uuid(project.id))
    desk.report.equal("name", project.name, "product-search")
    desk.report.equal("max_pods", project.max_pods, 0)
    desk.report.equal("force_encryption_with_cmek", project.force_encryption_with_cmek, False)
    desk.report.equal("organization_id", project.organization_id, desk.organization_id)
    desk.report.true("created_at", is_time(project.created_at))
    desk.report.equal("described", desk.admin.projects.describe(project_id=project.id), project)


def a_project_is_created_as_asked(desk):
    project = desk.admin.projects.create(name="Suche ☂", max_pods=3, force_encryption_with_cmek=True)
    shown = (project.name, project.max_pods, project.force_encryption_with_cmek)
    desk.report.equal("name, max_pods, force_encryption_with_cmek", shown, ("Suche ☂", 3, True))
    desk.report.equal("described", desk.admin.projects.describe(project_id=project.id), project)


def projects_are_listed(desk):
    project = desk.admin.projects.create(name="listed")
    listed = desk.admin.projects.list()
    desk.report.contains("the new project", list(listed), project)
    desk.report.contains("the first run's project", [each.id for each in listed], desk.first_run["project_id"])
    desk.report.contains("names", listed.names(), "listed")
    desk.report.equal("len", len(listed), len({each.id for each in listed}))


def names_of_projects_are_not_unique(desk):
    projects = desk.admin.projects
    first = projects.create(name="twin")
    desk.report.equal("describe_by_name of one", projects.describe_by_name(name="twin"), first)
    second = projects.create(name="twin")
    desk.report.true("another id", first.id != second.id)
    desk.report.raises("describe_by_name of two", PineconeError, lambda: projects.describe_by_name(name="twin"))
    desk.report.raises("describe_by_name of none", NotFoundError, lambda: projects.describe_by_name(name="TWIN"))
    desk.report.equal("exists by name", projects.exists(name="twin"), True)
    desk.report.equal("exists by another name", projects.exists(name="TWIN"), False)
    desk.report.equal("exists by id", projects.exists(project_id=second.id), True)
    desk.report.equal("exists by another id", projects.exists(project_id=str(uuid.uuid4())), False)


def a_project_is_updated_one_thing_at_a_time(desk):
    projects = desk.admin.projects
    project = projects.create(name="before", max_pods=1)
    for change, name, pods, cmek in [
        ({}, "before", 1, False),
        ({"name": "after"}, "after", 1, False),
        ({"max_pods": 5}, "after", 5, False),
        ({"force_encryption_with_cmek": False}, "after", 5, False),
        ({"force_encryption_with_cmek": True}, "after", 5, True),
        ({"name": "last", "max_pods": 0, "force_encryption_with_cmek": True}, "last", 0, True),
    ]:
        updated = projects.update(project_id=project.id, **change)
        shown = (updated.name, updated.max_pods, updated.force_encryption_with_cmek)
        desk.report.equal(f"after {change}", shown, (name, pods, cmek))
        desk.report.equal("the rest", (updated.id, updated.created_at), (project.id, project.created_at))
        desk.report.equal("described", projects.describe(project_id=project.id), updated)
    desk.report.raises(
        "turning encryption off again", ApiError,
        lambda: projects.update(project_id=project.id, force_encryption_with_cmek=False), status=400,
    )


def a_name_of_a_project_has_up_to_512_characters(desk):
    longest = "ä" * 512
    project = desk.admin.projects.create(name=longest)
    desk.report.equal("512 characters", project.name, longest)
    # The client itself refuses a longer name; other clients do not.
    for method, path in [("POST", "/admin/projects"), ("PATCH", f"/admin/projects/{project.id}")]:
        for name in ("x" * 513, "", "a\\u0000b"):
            answer = desk.call(method, path, f'{{"name": "{name}"}}', {"Content-Type": "application/json"})
            shown = (answer.status, answer.json()["error"]["code"])
            desk.report.equal(f"{method} with {name[:9]!r}", shown, (400, "INVALID_ARGUMENT"))


def a_deleted_project_is_gone(desk):
    project = desk.admin.projects.create(name="short-lived")
    desk.report.equal("delete", desk.admin.projects.delete(project_id=project.id), None)
    desk.report.true("not listed", project.id not in [each.id for each in desk.admin.projects.list()])
    desk.report.equal("exists", desk.admin.projects.exists(project_id=project.id), False)
    _is_not_found(desk, project.id, f"Project {project.id} not found")


def an_unknown_project_is_not_found(desk):
    unknown = str(uuid.uuid4())
    _is_not_found(desk, unknown, f"Project {unknown} not found")
    for odd in ("no-such-project", "a/b", "%2e%2e", "ä", "x" * 1000):
        _is_not_found(desk, odd, "not found")


def _is_not_found(desk, project_id, text):
    admin = desk.admin
    for name, call in {
        "projects.describe": lambda: admin.projects.describe(project_id=project_id),
        "projects.update": lambda: admin.projects.update(project_id=project_id, name="x"),
        "projects.delete": lambda: admin.projects.delete(project_id=project_id),
        "api_keys.list": lambda: admin.api_keys.list(project_id=project_id),
        "api_keys.create": lambda: admin.api_keys.create(project_id=project_id, name="x"),
    }.items():
        desk.report.raises(f"{name} of {project_id[:40]}", NotFoundError, call, status=404, text=text)
