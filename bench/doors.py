"""What the doors for gateways cost beside the least that could be asked for, in the same run.

    cargo build --release -p keydesk && cargo build --release -p bench --features grpc && python3 bench/doors.py

Needs nginx, wrk and h2load (Debian: nginx wrk nghttp2-client) and two processors: servers run on the first, what sends on the
second. Compared is the processor time of the servers for a request, so that other work on the machine matters little;
the rounds of each pair alternate. Ends with 1 when a goal is missed.
"""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", Path(__file__).resolve().parents[1] / "target")) / "release"
ROUNDS, SECONDS, KEYS = 7, 3, 1000
FORWARD_GOAL, CHECK_GOAL = 1.25, 1.15
TICKS = os.sysconf("SC_CLK_TCK")
RUN = "/v2/ep1/run"

NGINX = """worker_processes 1; daemon off; pid nginx.pid; error_log stderr; events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; default_type application/json;
  server { listen 127.0.0.1:%d backlog=1024; location / { return 200 '{"valid":true}'; } } }"""

WRK = """local requests, count, at = {}, 0, 0
for key in io.lines("keys") do
  count = count + 1
  requests[count] = wrk.format("GET", "/authz/forward", { ["Host"] = "127.0.0.1:8081", ["Authorization"] = "Bearer " .. key,
    ["X-Forwarded-Method"] = "POST", ["X-Forwarded-Host"] = "api.example.com", ["X-Forwarded-Uri"] = "/v2/ep1/run",
    ["X-Forwarded-For"] = "203.0.113.9" })
end
function request() at = at % count + 1; return requests[at] end"""


def main():
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="keydesk-bench-")))
        keydesk = stack.enter_context(Keydesk(folder))
        (folder / "keys").write_text("\n".join(keydesk.keys) + "\n")
        (folder / "wrk.lua").write_text(WRK)
        (folder / "check").write_bytes(check(keydesk.keys[0]))
        nginx = stack.enter_context(nginx_in(folder))
        empty = stack.enter_context(Program([TARGET / "empty_check", "127.0.0.1:{port}"], folder))
        forward = pair(nginx, keydesk, lambda server: wrk(server, folder))
        called = pair(empty, keydesk, lambda server: h2load(server, folder))
    print(f"{KEYS} keys, {ROUNDS} rounds of {SECONDS} s each, processor time of the server for a request")
    print(f"{'':44}{'µs':>7}{'beside':>8}{'ratio':>7}{'goal':>8}")
    met = [
        told("/authz/forward beside nginx `return 200`", forward, FORWARD_GOAL),
        told("ext_authz Check beside an empty one of tonic", called, CHECK_GOAL),
    ]
    print("goals met" if all(met) else "goals MISSED")
    return 0 if all(met) else 1


def told(what, rounds, goal):
    beside, ours = (statistics.median(column) for column in zip(*rounds))
    ratio = statistics.median(own / other for other, own in rounds)
    print(f"{what:44}{ours:7.2f}{beside:8.2f}{ratio:7.2f}{f'≤ {goal}':>8}")
    return ratio <= goal


def pair(other, ours, send):
    """Microseconds for a request, of the one and the other, round by round."""
    for server in (other, ours):
        send(server)
    rounds = []
    for number in range(ROUNDS):
        order = [other, ours] if number % 2 == 0 else [ours, other]
        found = {server: each(server, send) for server in order}
        rounds.append((found[other], found[ours]))
    return rounds


def each(server, send):
    before = server.processor_seconds()
    requests = send(server)
    return (server.processor_seconds() - before) * 1e6 / requests


def wrk(server, folder):
    said = generate(["wrk", "-t1", "-c64", f"-d{SECONDS}s", "-s", "wrk.lua", f"http://127.0.0.1:{server.port}/"], folder)
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    return int(re.search(r"(\d+) requests in", said)[1])


def h2load(server, folder):
    head = ["-H", "content-type: application/grpc", "-H", "te: trailers", "-H", ":authority: 127.0.0.1:8081"]
    url = f"http://127.0.0.1:{server.port}/envoy.service.auth.v3.Authorization/Check"
    said = generate(["h2load", "-c8", "-m8", "-t1", "-D", str(SECONDS), "-d", "check", *head, url], folder)
    done = re.search(r"requests: .* (\d+) done, (\d+) succeeded, (\d+) failed", said)
    if not done or int(done[3]):
        raise RuntimeError(said)
    return int(re.search(r"status codes: (\d+) 2xx", said)[1])


def generate(command, folder):
    command = ["taskset", "-c", "1", *command]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


class Program:
    """A server on one processor, the first by default, until the end of the block."""

    def __init__(self, command, folder, processor=0):
        self.port = free_port()
        command = [str(part).replace("{port}", str(self.port)) for part in command]
        self.process = subprocess.Popen(["taskset", "-c", str(processor), *command], cwd=folder, stderr=subprocess.DEVNULL, start_new_session=True)

    def __enter__(self):
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.05)

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait()

    def processor_seconds(self):
        return sum(ticks(process) for process in with_children(self.process.pid)) / TICKS


def ticks(process):
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def with_children(process):
    found = [process]
    for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
        found += with_children(int(child))
    return found


def nginx_in(folder):
    program = Program.__new__(Program)
    port = free_port()
    (folder / "nginx.conf").write_text(NGINX % port)
    Program.__init__(program, [shutil.which("nginx"), "-p", "./", "-c", "nginx.conf", "-e", "stderr"], folder)
    program.port = port
    return program


class Keydesk(Program):
    def __init__(self, folder, more=()):
        self.public = free_port()
        command = [TARGET / "keydesk", "serve", "--data", "data", "--listen", f"127.0.0.1:{self.public}", "--data-listen", "127.0.0.1:{port}"]
        super().__init__([*command, "--data-hosts", "127.0.0.1:8081", *more], folder)
        self.folder = folder

    def __enter__(self):
        super().__enter__()
        while self.ask(self.port, "GET", "/readyz")[0] != 200:
            time.sleep(0.05)
        first = json.loads((self.folder / "data/first-run.json").read_text())
        credential = {"grant_type": "client_credentials", "client_id": first["client_id"], "client_secret": first["client_secret"]}
        token = json.loads(self.ask(self.public, "POST", "/oauth/token", credential)[1])["access_token"]
        project, mine = first["project_id"], {"Authorization": f"Bearer {token}"}
        self.ask(self.public, "POST", f"/admin/projects/{project}/resources", {"resource": "ENDPOINT/ep1", "name": "e"}, mine)
        scopes = [{"action": "read", "resource_filter": "ENDPOINT/ep1"}, {"action": "write", "resource_filter": "ENDPOINT/#"}]
        make = lambda: self.ask(self.public, "POST", f"/admin/projects/{project}/api-keys", {"name": "a key", "scopes": scopes}, mine)[1]
        self.keys = [json.loads(make())["value"] for _ in range(KEYS)]
        return self

    def ask(self, port, method, path, body=None, headers=()):
        wire = http.client.HTTPConnection("127.0.0.1", port)
        with contextlib.closing(wire):
            wire.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json", **dict(headers)})
            answer = wire.getresponse()
            return answer.status, answer.read()


def check(key):
    """A framed CheckRequest, as Envoy sends it for a request with a handful of headers."""
    headers = {
        ":authority": "api.example.com", ":method": "POST", ":path": RUN, ":scheme": "https", "accept": "*/*", "user-agent": "curl/8.5.0",
        "authorization": f"Bearer {key}", "x-forwarded-for": "203.0.113.9", "x-forwarded-proto": "https",
        "x-request-id": "6f1c9a1e-58f2-4b0e-9f2b-0d6a2f1b7a11",
    }
    request = field(1, b"1") + field(2, b"POST")
    request += b"".join(field(3, field(1, name.encode()) + field(2, value.encode())) for name, value in headers.items())
    request += field(4, RUN.encode()) + field(5, b"api.example.com") + field(6, b"https") + field(10, b"HTTP/1.1")
    source = field(1, field(1, field(2, b"203.0.113.9")))
    message = field(1, field(1, source) + field(4, field(2, request)))
    return b"\0" + len(message).to_bytes(4, "big") + message


def field(number, data):
    length, left = b"", len(data)
    while left >= 0x80:
        length, left = length + bytes([left & 0x7F | 0x80]), left >> 7
    return bytes([number << 3 | 2]) + length + bytes([left]) + data


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main())
