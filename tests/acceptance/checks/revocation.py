"""A deleted key is refused by the very next verification."""

from concurrent.futures import ThreadPoolExecutor

from wire import Wire

CYCLES = 200
AT_ONCE = 8


def a_value_is_refused_right_after_delete(desk):
    created = desk.key(desk.project())
    desk.report.equal("before", desk.code(created.value), "allowed")
    desk.admin.api_keys.delete(api_key_id=created.key.id)
    decision = desk.verify(created.value)
    desk.report.equal("after", (decision["allowed"], decision["code"]), (False, "revoked"))
    resource = f"PROJECT/{created.key.project_id}/DATA"
    desk.report.equal("with a resource", desk.code(created.value, "read", resource), "revoked")


def revocation_is_never_late(desk):
    """Each value is allowed from its first use to its deletion, and never after, however much goes on beside."""
    project_id = desk.project()

    def cycle(_):
        with Wire(desk.server.data_url) as door:
            created = desk.key(project_id)
            before = [door.verify(created.value)["code"] for _ in range(2)]
            desk.admin.api_keys.delete(api_key_id=created.key.id)
            after = [door.verify(created.value)["code"] for _ in range(2)]
        return (*before, *after)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        seen = list(pool.map(cycle, range(CYCLES)))
    expected = ("allowed", "allowed", "revoked", "revoked")
    desk.report.equal("cycles", len(seen), CYCLES)
    desk.report.equal("other outcomes", [codes for codes in seen if codes != expected], [])
    desk.report.equal("keys left", list(desk.admin.api_keys.list(project_id=project_id)), [])


def deleting_a_project_refuses_its_keys(desk):
    project_id = desk.project()
    created = [desk.key(project_id) for _ in range(3)]
    kept = desk.key(desk.project())
    desk.admin.projects.delete(project_id=project_id)
    for each in created:
        desk.report.equal("a key of it", desk.code(each.value), "disabled")
        in_data = desk.code(each.value, "read", f"PROJECT/{project_id}/DATA")
        desk.report.equal("a key of it, with a resource", in_data, "disabled")
        gone = desk.call("GET", f"/admin/api-keys/{each.key.id}")
        desk.report.equal("a key of it, described", gone.status, 404)
    desk.report.equal("a key of another project", desk.code(kept.value), "allowed")
