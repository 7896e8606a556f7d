"""`admin.invites` and `admin.users`."""

import datetime
import uuid

from pinecone.errors import ApiError, ConflictError, ForbiddenError, NotFoundError

from checks.values import is_uuid

ORG_MEMBER = {"resource_type": "organization", "role": "OrgMember"}


def somebody_is_invited_again_and_not_at_all(desk):
    invites, project_id = desk.admin.invites, desk.project()
    roles = [ORG_MEMBER, {"resource_type": "project", "role": "ProjectViewer", "resource_id": project_id}]
    invite = invites.create(email="Ada@Example.com", role_bindings=roles)
    desk.report.true("id", is_uuid(invite.id))
    desk.report.equal("email and status", (invite.email, invite.status), ("Ada@Example.com", "pending"))
    desk.report.equal("processed_at", invite.processed_at, None)
    left = _time(invite.expires_at) - _time(invite.created_at)
    desk.report.equal("days to accept it", left, datetime.timedelta(days=7))
    desk.report.equal("described", invites.describe(invite_id=invite.id), invite)
    desk.report.contains("listed", list(invites.list()), invite)
    bound = list(desk.admin.role_bindings.list(principal_type="invite", principal_id=invite.id))
    desk.report.equal("its roles", {each.role for each in bound}, {"OrgMember", "ProjectViewer"})
    desk.report.raises(
        "twice", ConflictError, lambda: invites.create(email="ada@example.COM", role_bindings=[ORG_MEMBER]), status=409
    )
    resent = invites.resend(invite_id=invite.id)
    desk.report.true("resent", resent.status == "pending" and resent.expires_at > invite.expires_at)
    desk.report.equal("delete", invites.delete(invite_id=invite.id), None)
    _is_no_invite(desk, invite.id)
    bound = list(desk.admin.role_bindings.list(principal_type="invite", principal_id=invite.id))
    desk.report.equal("its roles", bound, [])


def the_link_is_shown_once(desk):
    body = '{"email": "link@example.com", "role_bindings": [{"resource_type": "organization", "role": "OrgMember"}]}'
    made = desk.call("POST", "/admin/invites", body).json()
    desk.report.true("a link", made["accept_url"].startswith(f"{desk.server.public_url}/invite#"))
    shown = desk.call("GET", f"/admin/invites/{made['id']}").json()
    desk.report.true("shown once", "accept_url" not in shown)
    resent = desk.call("POST", f"/admin/invites/{made['id']}/resend", "", {"Content-Type": "application/json"}).json()
    desk.report.true("another link", resent["accept_url"] != made["accept_url"])
    desk.admin.invites.delete(invite_id=made["id"])


def an_invite_that_makes_no_sense_is_refused(desk):
    invites, project_id = desk.admin.invites, desk.project()
    in_project = [{"resource_type": "project", "role": "ProjectViewer", "resource_id": project_id}]
    for email, roles in [
        ("ada", [ORG_MEMBER]),
        ("ada@example", [ORG_MEMBER]),
        ("a" * 300 + "@example.com", [ORG_MEMBER]),
        ("ada@example.com", in_project),
    ]:
        desk.report.raises(
            f"{email[:20]} {roles}", ApiError, lambda: invites.create(email=email, role_bindings=roles), status=400
        )
    _is_no_invite(desk, str(uuid.uuid4()))


def invites_are_listed_page_by_page(desk):
    invites = desk.admin.invites
    made = [invites.create(email=f"page{number}@example.com", role_bindings=[ORG_MEMBER]) for number in range(5)]
    pages = list(invites.list(limit=2).pages())
    desk.report.equal("pages", [len(page.items) for page in pages], [2, 2, 1])
    desk.report.equal("all of them", [each for page in pages for each in page.items], made)
    for each in made:
        invites.delete(invite_id=each.id)


def a_full_plan_invites_nobody_more(desk):
    small = desk.client(desk.server.create_organization("small", "Free"))
    for name in ("a", "b"):
        small.invites.create(email=f"{name}@example.com", role_bindings=[ORG_MEMBER])
    desk.report.raises(
        "the third", ForbiddenError,
        lambda: small.invites.create(email="c@example.com", role_bindings=[ORG_MEMBER]), status=403, text="Free",
    )


def an_address_is_another_organizations_business(desk):
    desk.admin.invites.create(email="shared@example.com", role_bindings=[ORG_MEMBER])
    stranger = desk.client(desk.server.create_organization("Stranger", "Enterprise"))
    invite = stranger.invites.create(email="shared@example.com", role_bindings=[ORG_MEMBER])
    desk.report.equal("invited there, too", invite.status, "pending")
    _is_no_invite(desk, invite.id)


def users_come_only_by_accepting(desk):
    users = desk.admin.users
    desk.report.equal("nobody yet", list(users.list()), [])
    desk.report.equal("by address", list(users.list(email="ada+x@example.com")), [])
    desk.report.raises("a bad address", ApiError, lambda: list(users.list(email="ada")), status=400)
    unknown = str(uuid.uuid4())
    for name, call in {"describe": users.describe, "delete": users.delete}.items():
        desk.report.raises(
            name, NotFoundError, lambda: call(user_id=unknown), status=404, text=f"User {unknown} not found"
        )


def a_user_is_listed_found_and_removed(desk):
    """Accepting an invite is no part of the Admin API, so the users are put where accepting puts them."""
    users, ids = desk.admin.users, [_put_user(desk, name) for name in ("Ada", "Bob", "Eve")]
    desk.report.equal("in their order", [each.id for each in users.list()], ids)
    desk.report.equal("pages", [len(page.items) for page in users.list(limit=2).pages()], [2, 1])
    found = list(users.list(email="ADA@example.COM"))
    desk.report.equal("by address", [(each.id, each.email, each.name) for each in found], [(ids[0], "Ada@example.com", None)])
    desk.report.equal("described", users.describe(user_id=ids[0]), found[0])
    desk.report.raises(
        "inviting a member", ConflictError,
        lambda: desk.admin.invites.create(email="ada@example.com", role_bindings=[ORG_MEMBER]), status=409,
    )
    of_user = {"principal_type": "user", "principal_id": ids[0]}
    bound = list(desk.admin.role_bindings.list(**of_user))
    desk.report.equal("its role", [each.role for each in bound], ["OrgMember"])
    project_id = desk.project()
    desk.admin.role_bindings.create(
        **of_user, resource_type="project", resource_id=project_id, role="ProjectManager"
    )
    desk.report.raises(
        "the last role in the organization", ConflictError,
        lambda: desk.admin.role_bindings.delete(role_binding_id=bound[0].id), status=409,
    )
    desk.report.equal("delete", users.delete(user_id=ids[0]), None)
    desk.report.raises("delete again", NotFoundError, lambda: users.delete(user_id=ids[0]), status=404)
    desk.report.equal("its roles", list(desk.admin.role_bindings.list(**of_user)), [])
    only = next(iter(desk.admin.role_bindings.list(principal_type="user", principal_id=ids[1])))
    desk.admin.role_bindings.delete(role_binding_id=only.id)
    desk.report.raises("without any role", NotFoundError, lambda: users.describe(user_id=ids[1]), status=404)
    users.delete(user_id=ids[2])


def _put_user(desk, name):
    user_id, email = str(uuid.uuid4()), f"{name}@example.com"
    made_at = "coalesce((select max(created_at) from users), 0) + 1, 1"
    desk.server.execute(
        "insert into users (id, organization_id, email, email_lower, created_at, version) "
        f"select '{user_id}', '{desk.organization_id}', '{email}', '{email.lower()}', {made_at}",
        "insert into role_bindings (id, organization_id, principal_type, principal_id, resource_type, resource_id, role, "
        f"created_at, version) values ('{uuid.uuid4()}', '{desk.organization_id}', 'user', '{user_id}', 'organization', "
        f"'{desk.organization_id}', 'OrgMember', 1, 1)",
    )
    return user_id


def _is_no_invite(desk, invite_id):
    invites, text = desk.admin.invites, f"Invite {invite_id} not found"
    for name, call in {"describe": invites.describe, "resend": invites.resend, "delete": invites.delete}.items():
        desk.report.raises(name, NotFoundError, lambda: call(invite_id=invite_id), status=404, text=text)


def _time(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
