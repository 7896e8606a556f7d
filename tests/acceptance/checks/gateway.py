"""The gateway, used by the published RunPod client, by a WebSocket client, and over HTTP/2."""

import contextlib
import json
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

import httpx
import runpod
import websockets.sync.client
import websockets.sync.server
from websockets.exceptions import InvalidStatus

from database import throw_away_database
from desk import Desk
from server import Server, clean_environment
from upstream import Upstream
from wire import Wire

ROUTES = """
[[route]]
host = "*"
methods = ["GET"]
path = "/socket"
action = "read"
resource = "ENDPOINT/ep1"
upstream = "http://127.0.0.1:{sockets}"

[[route]]
host = "*"
methods = ["GET", "POST"]
path = "/plain/{{*rest}}"
action = "read"
resource = "ENDPOINT/ep1"
upstream = "http://127.0.0.1:9000"
"""
UNAUTHORIZED = "401 Unauthorized | Make sure Runpod API key is set and valid."


def published_clients_use_the_gateway(desk):
    """One server for all of it: a gateway needs a catalog of its own."""
    with _stage(desk) as (gateway, upstream, sockets):
        _calls(gateway, upstream)
        _permissions(gateway, upstream)
        _events(gateway, upstream)
        _web_sockets(gateway, sockets)
        _http2(gateway, upstream)


@contextlib.contextmanager
def _stage(desk):
    with contextlib.ExitStack() as stack:
        upstream = stack.enter_context(Upstream())
        sockets = stack.enter_context(websockets.sync.server.serve(_say_back, "127.0.0.1", 0))
        threading.Thread(target=sockets.serve_forever, daemon=True).start()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="keydesk-gateway-")))
        url = desk.server.database_url
        url = stack.enter_context(throw_away_database(url)) if url else None
        catalog = folder / "catalog.toml"
        printed = subprocess.run(
            [desk.server.binary, "catalog", "print"], env=clean_environment(), capture_output=True, text=True, check=True,
        )
        text = printed.stdout + ROUTES.format(sockets=sockets.socket.getsockname()[1])
        catalog.write_text(text.replace("127.0.0.1:9000", f"127.0.0.1:{upstream.port}"))
        flags = ["--gateway-listen", "127.0.0.1:0", "--catalog", str(catalog)]
        server = stack.enter_context(Server(desk.server.binary, folder / "data", url, flags))
        server.start()
        stack.callback(setattr, runpod, "endpoint_url_base", runpod.endpoint_url_base)
        runpod.endpoint_url_base = f"{server.gateway_url}/v2"
        gateway = Desk(desk.report, server)
        gateway.project_id = gateway.project()
        for endpoint in ("ep1", "ep2"):
            server.add_resource(f"ENDPOINT/{endpoint}", gateway.project_id)
        yield gateway, upstream, sockets


def _say_back(connection):
    for message in connection:
        connection.send(message)


def _key(desk, **fields):
    path = f"/admin/projects/{desk.project_id}/api-keys"
    answer = desk.call("POST", path, json.dumps({"name": "a key", **fields}))
    if answer.status != 200:
        raise RuntimeError(f"no key: {answer.status} {answer.body}")
    return answer.json()


def _endpoint(key, endpoint="ep1"):
    return runpod.Endpoint(endpoint, api_key=key["value"])


def _calls(desk, upstream):
    """Every call of the client, with a key that may everything."""
    key = _key(desk, access={"preset": "all"})
    endpoint = _endpoint(key)
    job = endpoint.run({"prompt": "x"})
    desk.report.equal("run", job.job_id, "job-1")
    desk.report.equal("what arrived", json.loads(upstream.last.body), {"input": {"prompt": "x"}})
    desk.report.equal("whose it is", upstream.last.headers["X-Auth-Key-Id"], key["key"]["id"])
    desk.report.equal("the key itself", upstream.last.headers["Authorization"], None)
    desk.report.equal("status", job.status(), "COMPLETED")
    desk.report.equal("output", job.output(), "done")
    desk.report.equal("stream", list(job.stream()), ["a", "b"])
    desk.report.equal("cancel", job.cancel(), {"id": "job-1", "status": "CANCELLED"})
    desk.report.equal("health", endpoint.health()["workers"], {"idle": 0, "running": 0})
    desk.report.equal("purge_queue", endpoint.purge_queue(), {"removed": 2, "status": "completed"})
    desk.report.equal("run_sync", endpoint.run_sync({"prompt": "x"}), "done")
    with Wire(desk.server.gateway_url) as wire:
        bare = wire.request("GET", "/v2/ep1/health", headers={"authorization": key["value"]})
        desk.report.equal("a key without Bearer", bare.status, 200)


def _permissions(desk, upstream):
    """Each kind of key as 2.2 of the published documents has it: method does not decide, the route does."""
    restricted = {"preset": "restricted"}
    for access, reads, writes in [
        ({"preset": "all"}, {"ep1", "ep2"}, {"ep1", "ep2"}),
        ({"preset": "read_only"}, {"ep1", "ep2"}, set()),
        (restricted, set(), set()),
        ({**restricted, "levels": {"graphql": "read_write"}}, set(), set()),
        ({**restricted, "levels": {"ai": "none"}}, set(), set()),
        ({**restricted, "levels": {"ai": "read_only"}}, {"ep1", "ep2"}, set()),
        ({**restricted, "levels": {"ai": "read_write"}}, {"ep1", "ep2"}, {"ep1", "ep2"}),
        ({**restricted, "levels": {"ai": "restricted"}, "endpoints": {"ep1": "read_write"}}, {"ep1"}, {"ep1"}),
        ({**restricted, "levels": {"ai": "restricted"}, "endpoints": {"ep2": "read_only"}}, {"ep2"}, set()),
        ({**restricted, "levels": {"ai": "restricted"}, "endpoints": {}}, set(), set()),
    ]:
        _may(desk, upstream, f"{access}", _key(desk, access=access), reads, writes)
    key = _key(desk, access={"preset": "all"})
    path = f"/admin/api-keys/{key['key']['id']}"
    both = {"ep1", "ep2"}
    for enabled in (False, True):
        desk.call("PATCH", path, json.dumps({"enabled": enabled}))
        allowed = both if enabled else set()
        _may(desk, upstream, f"enabled {enabled}", key, allowed, allowed)
    desk.call("DELETE", path)
    _may(desk, upstream, "revoked", key, set(), set())
    _may(desk, upstream, "unknown", {"value": "rpa_" + "A" * 46}, set(), set())
    _refused(desk, "not registered", _endpoint(_key(desk, access={"preset": "all"}), "ep3").health)


def _may(desk, upstream, case, key, reads, writes):
    for name in ("ep1", "ep2"):
        endpoint = _endpoint(key, name)
        job = runpod.endpoint.Job(name, "job-1", endpoint.rp_client)
        calls = [
            ("health", endpoint.health, reads), ("status", job.status, reads),
            ("run", lambda endpoint=endpoint: endpoint.run({"a": 1}), writes), ("cancel", job.cancel, writes),
            ("purge_queue", endpoint.purge_queue, writes),
        ]
        for call, does, allowed in calls:
            before = upstream.seen
            if name in allowed:
                does()
                desk.report.equal(f"{case}: {call} of {name} arrived", upstream.seen, before + 1)
            else:
                _refused(desk, f"{case}: {call} of {name}", does)
                desk.report.equal(f"{case}: {call} of {name} arrived", upstream.seen, before)


def _refused(desk, case, call):
    desk.report.raises(case, RuntimeError, call, text=UNAUTHORIZED)


def _events(desk, upstream):
    """Server-sent events arrive one by one: the API says the next only when the client has the one before."""
    key = _key(desk, access={"preset": "all"})
    headers = {"Authorization": f"Bearer {key['value']}"}
    with httpx.Client() as client, client.stream("GET", f"{desk.server.gateway_url}/plain/events", headers=headers) as told:
        lines = (line for line in told.iter_lines() if line)
        for number in range(3):
            desk.report.equal("event", next(lines), f"data: {number}")
            upstream.heard.release()
        desk.report.equal("the end", list(lines), [])


def _web_sockets(desk, sockets):
    key = _key(desk, access={"preset": "all"})
    url = f"{desk.server.gateway_url.replace('http://', 'ws://')}/socket"
    headers = {"Authorization": f"Bearer {key['value']}"}
    with websockets.sync.client.connect(url, additional_headers=headers) as socket:
        for message in ("text", b"\x00\xff", "x" * 300_000):
            socket.send(message)
            desk.report.true("said back", socket.recv() == message)
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        desk.report.raises(
            "nobody", InvalidStatus, lambda: websockets.sync.client.connect(url, additional_headers=headers), text="401",
        )


def _http2(desk, upstream):
    key = _key(desk, access={"preset": "all"})["value"]
    reader = _key(desk, access={"preset": "read_only"})["value"]
    curl = shutil.which("curl")
    if not curl:
        raise RuntimeError("curl is missing (Debian: apt-get install curl)")

    def ask(path, value, *more):
        form = ["--silent", "--http2-prior-knowledge", "--write-out", "\n%{http_version} %{http_code}"]
        bearer = ["--header", f"Authorization: Bearer {value}"]
        command = [curl, *form, *bearer, *more, f"{desk.server.gateway_url}{path}"]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=True)
        return done.stdout.rpartition("\n")

    body, _, told = ask("/v2/ep1/run", key, "--json", '{"input": 1}')
    desk.report.equal("HTTP/2", (told, json.loads(body)["status"]), ("2 200", "IN_QUEUE"))
    desk.report.equal("HTTP/2: host", upstream.last.headers["X-Forwarded-Host"], desk.server.gateway_url.split("//")[1])
    body, _, told = ask("/v2/ep1/run", reader, "--json", '{"input": 1}')
    desk.report.equal("HTTP/2, refused", (told, json.loads(body)["code"]), ("2 401", "insufficient_scope"))
    large = "x" * 500_000
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(large)
        file.flush()
        _, _, told = ask("/plain/echo", key, "--data-binary", f"@{file.name}")
    desk.report.equal("HTTP/2, a large body", (told, len(upstream.last.body)), ("2 200", len(large)))
