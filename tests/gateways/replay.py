"""Gateways that are not started here: what they send is sent by hand, as their documentation and source have it."""

from checks import IDENTITY, RUN
from wire import Wire

# The configuration of deploy/traefik: GET to the fixed address, the client's headers, and five of Traefik's own.
TRAEFIK = {
    "X-Forwarded-Method": "POST", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.example.com",
    "X-Forwarded-Uri": RUN, "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Port": "443", "X-Forwarded-Server": "edge",
    "X-Real-Ip": "203.0.113.9", "Accept-Encoding": "gzip",
}
# Only what APISIX sends by default, and the headers of the key, which its `request_headers` must list.
APISIX = {
    "X-Forwarded-Proto": "http", "X-Forwarded-Method": "POST", "X-Forwarded-Host": "api.example.com", "X-Forwarded-Uri": RUN,
    "X-Forwarded-For": "203.0.113.9",
}


def run(report, desk, _port):
    for name, headers, methods in [("traefik", TRAEFIK, ("GET", "POST")), ("apisix", APISIX, ("GET", "POST"))]:
        for method in methods:
            with report.check(f"{name} by {method}"), Wire(desk.server.data_url) as door:
                contract(report, desk, lambda more: door.request(method, "/authz/forward", None, {**headers, **more}))


def contract(report, desk, ask):
    bearer = {"Authorization": f"Bearer {desk.writer.value}"}
    passed = ask(bearer)
    report.equal("status", passed.status, 200)
    report.equal("body", passed.body, b"")
    report.equal("content type", passed.headers["content-type"], None)
    report.equal("cache-control", passed.headers["cache-control"], "no-store")
    for name in IDENTITY:
        report.true(f"{name} is there, once", len(passed.headers.get_all(name, [])) == 1)
    for status, more in [
        (401, {}), (401, {"Authorization": "Bearer junk"}), (403, {"Authorization": f"Bearer {desk.reader.value}"}),
        (401, {**bearer, "X-Api-Key": desk.reader.value}), (403, {**bearer, "X-Forwarded-Uri": "/v2/ep1/../ep1/run"}),
        (403, {**bearer, "X-Original-URL": RUN}), (403, {**bearer, "X-Forwarded-Method": "get"}),
    ]:
        refused = ask(more)
        report.equal(f"status with {more.keys()}", refused.status, status)
        report.equal("a problem", refused.headers["content-type"], "application/problem+json")
        report.true("no header of identity", not any(name.lower().startswith("x-auth-") for name in refused.headers))
    with desk.stale():
        stale = ask(bearer)
        report.equal("status while stale", stale.status, 503)
        report.equal("when to come again", stale.headers["retry-after"], "1")
