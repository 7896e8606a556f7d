"""`admin.organizations`, and what one organization sees of another: nothing."""

from pinecone.errors import ApiError, FailedPreconditionError, NotFoundError

from checks.values import is_time


def the_own_organization_is_listed_and_described(desk):
    listed = desk.admin.organizations.list()
    desk.report.equal("ids", [organization.id for organization in listed], [desk.organization_id])
    organization = desk.admin.organizations.describe(organization_id=desk.organization_id)
    desk.report.equal("described", organization, listed[0])
    desk.report.equal("names", listed.names(), [organization.name])
    desk.report.equal("plan", organization.plan, "Enterprise")
    desk.report.equal("payment_status", organization.payment_status, "Active")
    desk.report.contains("support_tier", ["Free", "Developer", "Pro", "Enterprise"], organization.support_tier)
    desk.report.true("created_at", is_time(organization.created_at))


def an_organization_is_renamed(desk):
    before = desk.admin.organizations.describe(organization_id=desk.organization_id)
    updated = desk.admin.organizations.update(organization_id=desk.organization_id, name="Acme Corporation")
    desk.report.equal("name", updated.name, "Acme Corporation")
    described = desk.admin.organizations.describe(organization_id=desk.organization_id)
    desk.report.equal("described", described, updated)
    desk.report.equal("the rest", (updated.id, updated.created_at), (before.id, before.created_at))
    desk.report.raises(
        "an empty name", ApiError,
        lambda: desk.admin.organizations.update(organization_id=desk.organization_id, name=""), status=400,
    )


def an_unknown_organization_is_not_found(desk):
    organizations = desk.admin.organizations
    for name, call in {
        "describe": lambda: organizations.describe(organization_id="org_unknown"),
        "update": lambda: organizations.update(organization_id="org_unknown", name="x"),
        "delete": lambda: organizations.delete(organization_id="org_unknown"),
    }.items():
        desk.report.raises(name, NotFoundError, call, status=404, text="Organization org_unknown not found")


def an_organization_in_use_is_not_deleted(desk):
    own = desk.organization_id
    desk.report.raises(
        "on a paid plan", FailedPreconditionError,
        lambda: desk.admin.organizations.delete(organization_id=own), status=412,
    )
    desk.report.equal("still there", desk.admin.organizations.describe(organization_id=own).id, own)


def an_empty_organization_on_the_free_plan_is_deleted(desk):
    other = desk.server.create_organization("Closing down", "Free")
    admin = desk.client(other)
    own = other["organization_id"]
    key = admin.api_keys.create(project_id=other["project_id"], name="last")
    desk.report.raises(
        "with a project", FailedPreconditionError,
        lambda: admin.organizations.delete(organization_id=own), status=412, text="project",
    )
    admin.projects.delete(project_id=other["project_id"])
    desk.report.equal("delete", admin.organizations.delete(organization_id=own), None)
    desk.report.equal("its key", desk.verify(key.value)["allowed"], False)
    desk.report.raises("its credential", ApiError, lambda: desk.client(other).organizations.list(), status=401)


def one_organization_sees_nothing_of_another(desk):
    other = desk.server.create_organization("Neighbour", "Enterprise")
    admin = desk.client(other)
    project_id = desk.project()
    key = desk.key(project_id)
    desk.report.equal("organizations", [each.id for each in admin.organizations.list()], [other["organization_id"]])
    desk.report.equal("projects", [each.id for each in admin.projects.list()], [other["project_id"]])
    for name, call in {
        "organizations.describe": lambda: admin.organizations.describe(organization_id=desk.organization_id),
        "projects.describe": lambda: admin.projects.describe(project_id=project_id),
        "projects.update": lambda: admin.projects.update(project_id=project_id, name="mine"),
        "projects.delete": lambda: admin.projects.delete(project_id=project_id),
        "api_keys.list": lambda: admin.api_keys.list(project_id=project_id),
        "api_keys.create": lambda: admin.api_keys.create(project_id=project_id, name="mine"),
        "api_keys.describe": lambda: admin.api_keys.describe(api_key_id=key.key.id),
        "api_keys.update": lambda: admin.api_keys.update(api_key_id=key.key.id, name="mine"),
        "api_keys.delete": lambda: admin.api_keys.delete(api_key_id=key.key.id),
    }.items():
        desk.report.raises(name, NotFoundError, call, status=404, text="not found")
    desk.report.equal("the key", desk.admin.api_keys.describe(api_key_id=key.key.id), key.key)
    desk.report.equal("its value", desk.code(key.value), "allowed")
