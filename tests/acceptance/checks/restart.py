"""What was acknowledged outlives the process."""

from pinecone.errors import NotFoundError


def what_was_changed_survives_a_restart(desk):
    project_id = desk.project("lasting")
    kept, revoked = desk.key(project_id, "kept", roles=["DataPlaneViewer"]), desk.key(project_id, "revoked")
    orphan = desk.key(desk.project("removed"))
    desk.admin.api_keys.update(api_key_id=kept.key.id, name="renamed")
    desk.admin.api_keys.delete(api_key_id=revoked.key.id)
    desk.admin.projects.delete(project_id=orphan.key.project_id)
    project = desk.admin.projects.describe(project_id=project_id)
    key = desk.admin.api_keys.describe(api_key_id=kept.key.id)
    credential = desk.server.first_run()

    desk.report.equal("exit code on SIGTERM", desk.server.stop(), 0)
    desk.server.start()
    desk.sign_in()

    data = f"PROJECT/{project_id}/DATA"
    desk.report.equal("a key", desk.code(kept.value, "read", data), "allowed")
    desk.report.equal("beyond its role", desk.code(kept.value, "write", data), "insufficient_scope")
    desk.report.equal("a deleted key", desk.code(revoked.value), "revoked")
    desk.report.equal("a key of a deleted project", desk.verify(orphan.value)["allowed"], False)
    desk.report.equal("the project", desk.admin.projects.describe(project_id=project_id), project)
    desk.report.equal("the key", list(desk.admin.api_keys.list(project_id=project_id)), [key])
    desk.report.raises(
        "the deleted key", NotFoundError, lambda: desk.admin.api_keys.describe(api_key_id=revoked.key.id)
    )
    desk.report.equal("the first credential", desk.server.first_run(), credential)
    desk.admin.api_keys.delete(api_key_id=kept.key.id)
    desk.report.equal("deleted after the restart", desk.code(kept.value), "revoked")
