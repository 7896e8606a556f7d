"""`admin.service_accounts`."""

import uuid

from pinecone.errors import ApiError, ConflictError, ForbiddenError, NotFoundError
from pinecone.models.admin import ResourceType, RoleBindingInput, RoleName

from checks.values import is_time, is_uuid

ORG_MEMBER = {"resource_type": "organization", "role": "OrgMember"}


def an_account_is_created_described_renamed_and_deleted(desk):
    accounts = desk.admin.service_accounts
    created = accounts.create(name="ci-prod")
    account = created.service_account
    desk.report.true("id", is_uuid(account.id))
    desk.report.equal("name", account.name, "ci-prod")
    desk.report.true("times", is_time(account.created_at) and is_time(account.updated_at))
    desk.report.true("a secret", created.client_secret)
    desk.report.equal("described", accounts.describe(service_account_id=account.id), account)
    desk.report.contains("listed", list(accounts.list()), account)
    renamed = accounts.update(service_account_id=account.id, name="ci-prod-eu")
    desk.report.equal("renamed", (renamed.name, renamed.client_id), ("ci-prod-eu", account.client_id))
    desk.report.equal("delete", accounts.delete(service_account_id=account.id), None)
    _is_gone(desk, account.id)


def a_secret_buys_tokens_that_do_what_the_roles_allow(desk):
    created = desk.admin.service_accounts.create(name="roleless")
    nobody = _sign_in(desk, created)
    desk.report.raises("without a role", ForbiddenError, lambda: nobody.projects.create(name="x"), status=403)
    desk.report.equal("sees no projects", list(nobody.projects.list()), [])
    project_id = desk.project()
    roles = [
        RoleBindingInput(resource_type=ResourceType.ORGANIZATION, role=RoleName.ORG_MEMBER),
        {"resource_type": "project", "role": "ProjectManager", "resource_id": project_id},
    ]
    manager = _sign_in(desk, desk.admin.service_accounts.create(name="manager", role_bindings=roles))
    desk.report.equal("sees its project", [each.id for each in manager.projects.list()], [project_id])
    created = manager.api_keys.create(project_id=project_id, name="made by a manager")
    desk.report.equal("its key works", desk.code(created.value), "allowed")
    other = desk.project()
    desk.report.raises("another project", NotFoundError, lambda: manager.projects.describe(project_id=other))
    desk.report.raises(
        "deleting its project", ForbiddenError, lambda: manager.projects.delete(project_id=project_id), status=403
    )


def a_new_secret_ends_the_old_one_and_its_tokens(desk):
    created = desk.admin.service_accounts.create(name="rotated", role_bindings=[ORG_MEMBER])
    before = _sign_in(desk, created)
    desk.report.equal("before", [each.id for each in before.organizations.list()], [desk.organization_id])
    account_id = created.service_account.id
    rotated = desk.admin.service_accounts.rotate_secret(service_account_id=account_id)
    desk.report.equal("client_id", rotated.service_account.client_id, created.service_account.client_id)
    desk.report.true("another secret", rotated.client_secret != created.client_secret)
    # The client buys another token when one is refused, with the secret it has.
    desk.report.raises("after", ApiError, before.organizations.list, status=401)
    desk.report.raises("the old secret", ApiError, lambda: _sign_in(desk, created), status=401)
    after = _sign_in(desk, rotated)
    desk.report.equal("the new secret", [each.id for each in after.organizations.list()], [desk.organization_id])
    desk.admin.service_accounts.delete(service_account_id=account_id)
    desk.report.raises("deleted", ApiError, after.organizations.list, status=401)
    _is_gone(desk, account_id)


def accounts_are_listed_page_by_page(desk):
    accounts = desk.admin.service_accounts
    made = [accounts.create(name=f"page {number}").service_account for number in range(5)]
    whole = list(accounts.list())
    desk.report.equal("in the order they were made", whole[-5:], made)
    pages = list(accounts.list(limit=2).pages())
    desk.report.equal("of at most two", max(len(page.items) for page in pages), 2)
    desk.report.equal("the same", [each for page in pages for each in page.items], whole)
    desk.report.equal("the last page", pages[-1].pagination_token, None)
    token = pages[0].pagination_token
    answer = desk.call("GET", f"/admin/service-accounts?limit=3&paginationToken={token}")
    desk.report.equal("with another limit", answer.status, 400)
    for limit in (0, 101):
        answer = desk.call("GET", f"/admin/service-accounts?limit={limit}")
        shown = (answer.status, answer.json()["error"]["code"])
        desk.report.equal(f"limit {limit}", shown, (400, "OUT_OF_RANGE"))
    for each in made:
        accounts.delete(service_account_id=each.id)


def what_an_account_cannot_be_is_refused(desk):
    accounts = desk.admin.service_accounts
    project_id = desk.project()
    desk.report.raises("41 times two bytes", ApiError, lambda: accounts.create(name="é" * 41), status=400)
    desk.report.equal("40 times two bytes", accounts.create(name="é" * 40).service_account.name, "é" * 40)
    for role, kind in [("ProjectViewer", "organization"), ("OrgMember", "project")]:
        place = {"resource_id": project_id} if kind == "project" else {}
        roles = [{"resource_type": kind, "role": role, **place}]
        desk.report.raises(
            f"{role} in a {kind}", ApiError, lambda: accounts.create(name="x", role_bindings=roles), status=400
        )
    unknown = str(uuid.uuid4())
    roles = [{"resource_type": "project", "role": "ProjectViewer", "resource_id": unknown}]
    desk.report.raises(
        "an unknown project", NotFoundError, lambda: accounts.create(name="x", role_bindings=roles),
        status=404, text=f"Project {unknown} not found",
    )
    _is_gone(desk, unknown)


def nobody_makes_more_than_they_are(desk):
    roles = [{"resource_type": "organization", "role": "OrgManager"}]
    manager = _sign_in(desk, desk.admin.service_accounts.create(name="manager", role_bindings=roles))
    owner = [{"resource_type": "organization", "role": "OrgOwner"}]
    desk.report.raises(
        "a manager makes an owner", ForbiddenError,
        lambda: manager.service_accounts.create(name="x", role_bindings=owner), status=403,
    )
    first = next(each for each in desk.admin.service_accounts.list() if each.client_id == desk.first_run["client_id"])
    desk.report.raises(
        "a manager takes an owner over", ForbiddenError,
        lambda: manager.service_accounts.rotate_secret(service_account_id=first.id), status=403,
    )
    desk.report.raises(
        "the only owner is deleted", ConflictError,
        lambda: desk.admin.service_accounts.delete(service_account_id=first.id), status=409,
    )


def a_plan_without_accounts_makes_none(desk):
    for plan in ("Free", "Standard"):
        small = desk.client(desk.server.create_organization("small", plan))
        desk.report.raises(
            plan, ForbiddenError, lambda: small.service_accounts.create(name="x"), status=403, text=plan
        )


def _sign_in(desk, created):
    credential = {"client_id": created.service_account.client_id, "client_secret": created.client_secret}
    return desk.client(credential)


def _is_gone(desk, account_id):
    accounts, text = desk.admin.service_accounts, f"Service Account {account_id} not found"
    for name, call in {
        "describe": lambda: accounts.describe(service_account_id=account_id),
        "update": lambda: accounts.update(service_account_id=account_id, name="x"),
        "rotate_secret": lambda: accounts.rotate_secret(service_account_id=account_id),
        "delete": lambda: accounts.delete(service_account_id=account_id),
    }.items():
        desk.report.raises(name, NotFoundError, call, status=404, text=text)
