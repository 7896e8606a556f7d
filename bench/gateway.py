"""What the gateway costs beside nginx that asks about each request and passes it on, in the same run.

    cargo build --release -p keydesk && python3 bench/gateway.py

Needs nginx and wrk (Debian: nginx wrk) and two processors: the path runs on the first, the API and what sends on the second.
Compared is the processor time of the whole path for a request: nginx (`auth_request` and `proxy_pass`, connections kept)
and the server that it asks, or the gateway alone. The rounds alternate. Ends with 1 when the goal is missed.
"""

import contextlib
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import doors
from doors import KEYS, ROUNDS, SECONDS, TARGET, Keydesk, Program, free_port, generate, told

GOAL = 0.7
CONNECTIONS = 64
UPSTREAM = """worker_processes 1; daemon off; pid upstream.pid; error_log stderr; events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; default_type application/json;
  server { listen 127.0.0.1:%d backlog=1024; location / { return 200 '{"id":"job-1","status":"IN_QUEUE"}'; } } }"""
# As in deploy/nginx/nginx.conf: what the client says of itself is replaced, and the key goes no further.
PROXY = """worker_processes 1; daemon off; pid proxy.pid; error_log stderr; events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000;
  upstream api { server 127.0.0.1:%(upstream)d; keepalive 256; keepalive_requests 100000000; }
  upstream desk { server 127.0.0.1:%(data)d; keepalive 256; keepalive_requests 100000000; }
  server { listen 127.0.0.1:%(port)d backlog=1024;
    location / {
      auth_request /_auth;
      %(sets)s
      proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Authorization "";
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $http_host;
      proxy_pass http://api;
    }
    location = /_auth {
      internal; proxy_pass http://desk/authz/forward; proxy_pass_request_body off;
      proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Content-Length "";
      proxy_set_header X-Forwarded-Method $request_method; proxy_set_header X-Forwarded-Uri $request_uri;
      proxy_set_header X-Forwarded-Host $http_host; proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header Host 127.0.0.1:8081;
    } } }"""
IDENTITY = ["Key-Id", "Key-Name", "Subject", "Org", "Project", "Scopes", "Env", "Outcome", "Jwt"]
WRK = """local requests, count, at = {}, 0, 0
for key in io.lines("keys") do
  count = count + 1
  requests[count] = wrk.format("POST", "/v2/ep1/run", { ["Host"] = "api.example.com", ["Authorization"] = "Bearer " .. key,
    ["Content-Type"] = "application/json", ["User-Agent"] = "bench", ["Accept"] = "*/*" }, '{"input":{"prompt":"hello"}}')
end
function request() at = at % count + 1; return requests[at] end"""


def main():
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="keydesk-bench-")))
        upstream = stack.enter_context(Nginx(folder, "upstream", lambda port: UPSTREAM % port, processor=1))
        desk = stack.enter_context(Desk(folder, upstream.port))
        (folder / "keys").write_text("\n".join(desk.keys) + "\n")
        (folder / "wrk.lua").write_text(WRK)
        proxy = stack.enter_context(Nginx(folder, "proxy", lambda port: proxy_text(port, upstream.port, desk.port)))
        beside, gateway = Way(proxy.port, proxy, desk), Way(desk.gateway, desk)
        rounds = doors.pair(beside, gateway, lambda path: wrk(path, folder))
    rates = {"nginx": beside.rates, "gateway": gateway.rates}
    print(f"{KEYS} keys, {ROUNDS} rounds of {SECONDS} s each, {CONNECTIONS} connections; processor time of the whole path for a request")
    print(f"{'':44}{'µs':>7}{'beside':>8}{'ratio':>7}{'goal':>8}")
    met = told("gateway beside nginx and /authz/forward", rounds, GOAL)
    print("requests/s:", ", ".join(f"{name} {statistics.median(found):,.0f}" for name, found in rates.items()))
    print("goal met" if met else "goal MISSED")
    return 0 if met else 1


def proxy_text(port, upstream, data):
    sets = " ".join(
        f"auth_request_set $auth_{name} $upstream_http_x_auth_{name}; proxy_set_header X-Auth-{header} $auth_{name};"
        for header in IDENTITY for name in [header.lower().replace("-", "_")]
    )
    return PROXY % {"port": port, "upstream": upstream, "data": data, "sets": sets}


class Way:
    """Everything a request runs through before the API."""

    def __init__(self, port, *programs):
        self.port, self.programs, self.rates = port, programs, []

    def processor_seconds(self):
        return sum(program.processor_seconds() for program in self.programs)


def wrk(path, folder):
    said = generate(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", "wrk.lua", f"http://127.0.0.1:{path.port}/"], folder)
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    count = int(said.split(" requests in")[0].split()[-1])
    path.rates.append(count / SECONDS)
    return count


class Nginx(Program):
    def __init__(self, folder, name, text, processor=0):
        port = free_port()
        (folder / f"{name}.conf").write_text(text(port))
        super().__init__([shutil.which("nginx"), "-p", "./", "-c", f"{name}.conf", "-e", "stderr"], folder, processor)
        self.port = port


class Desk(Keydesk):
    """With a gateway in front of this upstream."""

    def __init__(self, folder, upstream):
        self.gateway = free_port()
        catalog = folder / "catalog.toml"
        printed = doors.subprocess.run([TARGET / "keydesk", "catalog", "print"], capture_output=True, text=True, check=True).stdout
        catalog.write_text(printed.replace("127.0.0.1:9000", f"127.0.0.1:{upstream}"))
        super().__init__(folder, ["--catalog", str(catalog), "--gateway-listen", f"127.0.0.1:{self.gateway}"])


if __name__ == "__main__":
    sys.exit(main())
