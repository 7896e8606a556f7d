"""A Keydesk server with an organization, an endpoint and keys, beside whatever gateway asks it."""

import contextlib
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "acceptance"))

from server import clean_environment  # noqa: E402
from wire import Wire  # noqa: E402

STALE_SECONDS_MAX = 30


@dataclass(frozen=True)
class Key:
    id: str
    value: str


class Desk:
    def __init__(self, server, upstream):
        self.server = server
        self.upstream = upstream
        first = server.first_run()
        self.organization, self.project = first["organization_id"], first["project_id"]
        fields = "grant_type=client_credentials&client_id={client_id}&client_secret={client_secret}".format(**first)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        with Wire(server.public_url) as wire:
            self._token = wire.request("POST", "/oauth/token", fields, form).json()["access_token"]
        self._register("ENDPOINT/ep1")
        self.writer = self.key(scopes=[{"action": "*", "resource_filter": "*"}])
        self.reader = self.key(scopes=[{"action": "read", "resource_filter": "*"}])

    def key(self, **fields):
        made = self._call("POST", f"/admin/projects/{self.project}/api-keys", {"name": "a key", **fields})
        return Key(made["key"]["id"], made["value"])

    def revoke(self, key):
        self._call("DELETE", f"/admin/api-keys/{key.id}")

    @contextlib.contextmanager
    def stale(self):
        """Takes the log away, so that the lease runs out and the node may not decide, until the end of the block."""
        self.server.execute("alter table clock rename to clock_away")
        try:
            self._until(503)
            yield
        finally:
            self.server.execute("alter table clock_away rename to clock")
            self._until(200)

    def _until(self, status):
        end = time.monotonic() + STALE_SECONDS_MAX
        while time.monotonic() < end:
            with Wire(self.server.data_url) as door:
                if door.request("GET", "/readyz").status == status:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"/readyz does not become {status}")

    def _register(self, resource):
        command = [self.server.binary, "resource", "add", resource, "--project", self.project, "--name", "ep", "--data", self.server.data]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"resource add ended with {done.returncode}: {done.stderr}")

    def _call(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        with Wire(self.server.public_url) as wire:
            answer = wire.request(method, path, json.dumps(body) if body else None, headers)
        if answer.status not in (200, 202):
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.body}")
        return json.loads(answer.body) if answer.body else None
