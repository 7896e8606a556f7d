"""What every gateway must do, whichever it is. A check is a function whose name is the guarantee."""

import re

IDENTITY = [
    "x-auth-key-id", "x-auth-key-name", "x-auth-subject", "x-auth-org", "x-auth-project", "x-auth-scopes", "x-auth-env",
    "x-auth-outcome", "x-auth-jwt",
]
RUN = "/v2/ep1/run"


def bearer(key):
    return [("Authorization", f"Bearer {key}")]


def sent(gateway, desk, *args, **more):
    """The answer, and whether the API saw the request."""
    before = desk.upstream.seen
    answer = gateway.send(*args, **more)
    return answer, desk.upstream.seen - before


def refused(report, what, gateway, desk, *args, status, **more):
    answer, seen = sent(gateway, desk, *args, **more)
    statuses = status if isinstance(status, tuple) else (status,)
    report.true(f"{what}: {answer.status} is one of {statuses}", answer.status in statuses)
    report.equal(f"{what}: requests that the API saw", seen, 0)
    return answer


def a_key_with_the_right_passes_and_the_api_learns_whose_it_is(report, gateway, desk):
    key = desk.key(name="Ünïcode 100%", scopes=[{"action": "write", "resource_filter": "ENDPOINT/#"}])
    answer, seen = sent(gateway, desk, "POST", RUN, bearer(key.value), b"{}")
    report.equal("status", answer.status, 200)
    report.equal("requests that the API saw", seen, 1)
    arrived = answer.arrived()
    report.equal("target", arrived["target"], RUN)
    report.equal("method", arrived["method"], "POST")
    headers = [(name.lower(), value) for name, value in arrived["headers"]]
    told = {name: value for name, value in headers if value}
    expected = {
        "x-auth-key-id": key.id, "x-auth-key-name": "%C3%9Cn%C3%AFcode%20100%25", "x-auth-subject": f"key:{key.id}",
        "x-auth-org": desk.organization, "x-auth-project": desk.project, "x-auth-scopes": "write:ENDPOINT/#",
        "x-auth-outcome": "allowed",
    }
    for name in IDENTITY:
        report.equal(name, told.get(name), expected.get(name))
        report.true(f"{name} is there at most once", sum(found == name for found, _ in headers) <= 1)


def the_key_stays_at_the_gateway(report, gateway, desk):
    key = desk.writer.value
    for headers in [
        bearer(key), [("authorization", key)], [("X-Api-Key", key)], [("Api-Key", key)],
        [("X-Api-Key", key), ("Authorization", f"bearer {key}")],
    ]:
        answer, _ = sent(gateway, desk, "POST", RUN, headers)
        names = [name for name, _ in headers]
        report.equal(f"status with {names}", answer.status, 200)
        report.true(f"no key arrives with {names}", key.encode() not in answer.body)


def a_key_without_the_right_is_refused(report, gateway, desk):
    key = desk.reader.value
    report.equal("reading", gateway.send("POST", "/v2/ep1/status/j1", bearer(key)).status, 200)
    refused(report, "writing", gateway, desk, "POST", RUN, bearer(key), status=403)
    refused(report, "an endpoint of nobody", gateway, desk, "GET", "/v2/ep2/health", bearer(key), status=403)
    refused(report, "no route", gateway, desk, "GET", "/v3/ep1/health", bearer(key), status=403)
    refused(report, "no route for the method", gateway, desk, "DELETE", RUN, bearer(key), status=403)
    refused(report, "the operation is not told", gateway, desk, "POST", "/graphql", bearer(key), status=403)


def a_bad_key_is_refused_and_challenged(report, gateway, desk):
    for what, headers in {
        "no key": [], "junk": bearer("junk"), "unknown": bearer("rpa_" + "A" * 46), "another scheme": [("Authorization", "Basic YTpi")],
        "an empty one": [("X-Api-Key", "")], "bare Bearer": [("Authorization", "Bearer ")],
        "in the query, where no route allows it": [],
    }.items():
        target = f"{RUN}?api_key={desk.writer.value}" if "query" in what else RUN
        answer = refused(report, what, gateway, desk, "POST", target, headers, status=401)
        report.true(f"{what} is challenged", answer.headers.get("www-authenticate", "").startswith("Bearer realm="))


def two_keys_are_refused(report, gateway, desk):
    # A gateway may refuse repeated lines by itself, or join them.
    status = (400, gateway.kind.several)
    one, other = desk.writer.value, desk.reader.value
    for headers in [
        [*bearer(one), ("X-Api-Key", other)], [("X-Api-Key", one), ("Api-Key", other)],
    ]:
        refused(report, f"{[name for name, _ in headers]}", gateway, desk, "POST", RUN, headers, status=gateway.kind.several)
    for headers in [
        [*bearer(one), *bearer(other)],
        [*bearer(other), *bearer(one)], [("X-Api-Key", one), ("X-Api-Key", other)],
    ]:
        refused(report, f"{[name for name, _ in headers]}", gateway, desk, "POST", RUN, headers, status=status)


def a_revoked_key_is_refused_at_once(report, gateway, desk):
    key = desk.key(scopes=[{"action": "write", "resource_filter": "*"}])
    report.equal("before", gateway.send("POST", RUN, bearer(key.value)).status, 200)
    desk.revoke(key)
    refused(report, "after", gateway, desk, "POST", RUN, bearer(key.value), status=401)


def what_the_client_calls_itself_never_arrives(report, gateway, desk):
    forged = [name for name in IDENTITY]
    forged += [name.replace("-", "_") for name in IDENTITY]
    forged += [name.replace("x-auth-", "x-auth_").replace("auth_key-id", "auth_key_id") for name in IDENTITY]
    forged += [name.title() for name in IDENTITY] + [name.upper() for name in IDENTITY]
    for headers in [[(name, "forged")] for name in forged] + [[(name, "forged") for name in forged]]:
        answer = gateway.send("POST", RUN, [*bearer(desk.writer.value), *headers])
        what = headers[0][0] if len(headers) == 1 else "all at once"
        # A gateway may refuse such names altogether.
        if answer.status == 400:
            continue
        report.equal(f"status with {what}", answer.status, 200)
        report.true(f"{what} arrives nowhere", b"forged" not in answer.body)
    for name in forged:
        refused(report, f"{name} is no key", gateway, desk, "POST", RUN, [(name, "allowed")], status=(400, 401))


def a_header_that_names_another_request_changes_nothing(report, gateway, desk):
    """The request is refused, or the gateway has kept the header from Keydesk and the API both."""
    key = desk.reader.value
    for name in [
        "X-Original-URL", "X-Original-URI", "X-Original-Method", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-HTTP-Method",
        "X-Method-Override", "X_Original_Url", "X_HTTP_Method_Override",
    ]:
        for value in ("/v2/ep1/health", "GET", "POST"):
            # The key may read and not write.
            refused(report, f"{name}: {value}", gateway, desk, "POST", RUN, [*bearer(key), (name, value)], status=(400, 403))
            answer = gateway.send("GET", "/v2/ep1/health", [*bearer(key), (name, value)])
            if answer.status == 200:
                arrived = {found.lower().replace("_", "-") for found, _ in answer.arrived()["headers"]}
                report.true(f"{name} does not arrive", name.lower().replace("_", "-") not in arrived)
            else:
                report.true(f"{name}: {answer.status} is a refusal", answer.status in (400, 403))
    for name, value in [
        ("X-Forwarded-Uri", "/v2/ep1/health"), ("X-Forwarded-Method", "GET"), ("X-Forwarded-Host", "other.example.com"),
        ("X_Forwarded_Uri", "/v2/ep1/health"), ("X_Forwarded_Method", "GET"),
    ]:
        refused(report, f"{name}: {value}", gateway, desk, "POST", RUN, [*bearer(key), (name, value)], status=(400, 403))


def a_forged_client_address_changes_nothing(report, gateway, desk):
    key = desk.key(scopes=[{"action": "*"}], allowed_ip_cidrs=["127.0.0.9/32"]).value
    report.equal("from there", gateway.send("POST", RUN, bearer(key), source="127.0.0.9").status, 200)
    for headers in [
        [], [("X-Forwarded-For", "127.0.0.9")], [("X-Forwarded-For", "127.0.0.9, 127.0.0.1")], [("X-Real-IP", "127.0.0.9")],
        [("Forwarded", "for=127.0.0.9")], [("X-Forwarded-For", "127.0.0.9"), ("X-Forwarded-For", "127.0.0.9")],
        [("X_Forwarded_For", "127.0.0.9")], [("X-Client-IP", "127.0.0.9")], [("True-Client-IP", "127.0.0.9")],
    ]:
        refused(
            report, f"from elsewhere with {headers}", gateway, desk, "POST", RUN, [*bearer(key), *headers],
            source="127.0.0.7", status=(400, 403),
        )


# Whether a program resolves them, merges them or decodes them: none of these may reach the API as `run`.
TRICKS = [
    "//v2/ep1/run", "/v2//ep1/run", "/v2/ep1//run", "/v2/./ep1/run", "/v2/ep1/./run", "/v2/ep2/../ep1/run", "/v2/ep1/x/../run",
    "/v2/ep1/health/../run", "/v2/ep1/status/..%2Frun", "/v2/ep1%2Frun", "/v2/ep1%2frun", "/v2/ep1%5Crun", "/v2/ep1\\run",
    "/v2/ep1/health;/../run", "/v2/ep1/run;x", "/v2;x/ep1/run", "/v2/ep1/run%3Bx", "/v2/%65p1/run", "/v2/ep1/%72un", "/v2/ep1/ru%6E",
    "/v2/ep1/%2E%2E/ep1/run", "/v2/ep1/%2e/run", "/v2/ep1/%252Frun", "/v2/ep1/run%00", "/v2/ep1/run%0A", "/v2/ep1/%C0%AFrun",
    "/v2/ep1/%FF/run", "/v2/ep1/..;/run", "/v2/ep1/run/..", "/v2/ep1/run/.", "/v2/ep1/status/%2e%2e/run",
    "/%76%32/ep1/run", "/v2/ep1/openai/../run", "/v2/ep1/openai/..%2Frun", "/v2/ep1/openai/%2e%2e/run",
    "/v2/ep1/openai//v1/models", "/v2/ep1/openai/v1/./models", "/v2/ep1/openai/%2561", "/v2/ep1/openai/a;b=c",
]
# Other paths than the one that is meant, and not those of any route.
NO_ROUTES = ["/v2/ep1/run/", "/V2/ep1/run", "/v2/ep1/RUN", "/v2/ep1", "/v2/", "/", "/v2/ep1/run/more"]


def a_path_that_can_be_read_in_two_ways_is_refused(report, gateway, desk):
    for target in TRICKS + NO_ROUTES:
        refused(report, target, gateway, desk, "POST", target, bearer(desk.writer.value), status=(400, 403))
        refused(report, f"{target} with a query", gateway, desk, "POST", f"{target}?a=/b", bearer(desk.writer.value), status=(400, 403))


def what_passes_arrives_as_it_was_asked_about(report, gateway, desk):
    for target in [
        RUN, f"{RUN}?a=1&b=%2e%2e&c=/../", f"{RUN}?x=//y;z", "/v2/ep1/openai/v1/models", "/v2/ep1/openai/a%20b", "/v2/ep1/openai/a:b@c",
        "/v2/ep1/openai/%C3%A9", "/v2/ep1/openai/a!$&'()*+,=b", "/v2/ep1/openai/...", "/v2/ep1/openai/trailing/",
    ]:
        answer = gateway.send("POST", target, bearer(desk.writer.value))
        report.equal(f"status of {target}", answer.status, 200)
        report.equal(f"target of {target}", answer.status == 200 and answer.arrived()["target"], target)


def a_big_body_passes_whole_and_is_kept_from_the_api_when_refused(report, gateway, desk):
    body = b"x" * (20 << 20)
    answer, _ = sent(gateway, desk, "POST", RUN, bearer(desk.writer.value), body)
    report.equal("status", answer.status, 200)
    report.equal("bytes that arrive", answer.status == 200 and answer.arrived()["body_bytes"], len(body))
    # The answer may be lost when the gateway closes while the body is on its way.
    refused(report, "the body of a bad key", gateway, desk, "POST", RUN, bearer("junk"), body, status=(0, 401))


def a_node_that_may_not_decide_lets_nothing_pass(report, gateway, desk):
    with desk.stale():
        answer = refused(report, "while stale", gateway, desk, "POST", RUN, bearer(desk.writer.value), status=503)
        if gateway.kind.hands_on_503:
            report.true("says when to come again", re.fullmatch(r"\d+", answer.headers.get("retry-after", "")))
    report.equal("afterwards", gateway.send("POST", RUN, bearer(desk.writer.value)).status, 200)


CHECKS = [
    a_key_with_the_right_passes_and_the_api_learns_whose_it_is, the_key_stays_at_the_gateway, a_key_without_the_right_is_refused,
    a_bad_key_is_refused_and_challenged, two_keys_are_refused, a_revoked_key_is_refused_at_once,
    what_the_client_calls_itself_never_arrives, a_header_that_names_another_request_changes_nothing,
    a_forged_client_address_changes_nothing, a_path_that_can_be_read_in_two_ways_is_refused, what_passes_arrives_as_it_was_asked_about,
    a_big_body_passes_whole_and_is_kept_from_the_api_when_refused, a_node_that_may_not_decide_lets_nothing_pass,
]
