"""OAuth clients as they are published: tokens bought, checked with the published keys, looked at and given back."""

import json
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import jwt
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from oauthlib.oauth2 import BackendApplicationClient
from oauthlib.oauth2.rfc6749.errors import InvalidClientError, InvalidScopeError
from requests_oauthlib import OAuth2Session as RequestsOAuth2Session

NODE = Path(__file__).resolve().parent.parent / "node"
NODE_SECONDS_MAX = 120
SCOPE = "read:THING/a/b"
GRANTED = [{"action": "read", "resource_filter": "THING/#/#"}]


def requests_oauthlib_buys_a_token(desk):
    key, token_url = _key(desk), _metadata(desk)["token_endpoint"]
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the server under test has no TLS
    for include in (None, True):
        session = RequestsOAuth2Session(client=BackendApplicationClient(client_id=key.id, scope=[SCOPE]))
        token = session.fetch_token(token_url, client_secret=key.value, include_client_id=include)
        desk.report.equal("scope", list(token["scope"]), [SCOPE])
        desk.report.equal("token_type", token["token_type"], "Bearer")
        desk.report.equal("the token", desk.code(token["access_token"], "read", "THING/a/b"), "allowed")
        desk.report.equal("beyond it", desk.code(token["access_token"], "read", "THING/a/c"), "insufficient_scope")
    session = RequestsOAuth2Session(client=BackendApplicationClient(client_id=key.id))
    desk.report.raises(
        "a wrong secret", InvalidClientError, lambda: session.fetch_token(token_url, client_secret="wrong")
    )
    greedy = RequestsOAuth2Session(client=BackendApplicationClient(client_id=key.id, scope=["*:*"]))
    desk.report.raises(
        "too much", InvalidScopeError, lambda: greedy.fetch_token(token_url, client_secret=key.value)
    )


def authlib_reads_the_metadata_buys_introspects_and_revokes(desk):
    metadata = AuthorizationServerMetadata(_metadata(desk))
    # It wants https for every address, which the server under test has not.
    secure = {name: _secure(value) for name, value in metadata.items()}
    AuthorizationServerMetadata(secure).validate()
    desk.report.equal("issuer", metadata["issuer"], desk.server.public_url)
    key = _key(desk)
    for method in ("client_secret_basic", "client_secret_post"):
        with OAuth2Session(key.id, key.value, token_endpoint_auth_method=method, scope=SCOPE) as session:
            token = session.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
            value = token["access_token"]
            desk.report.equal(f"scope, {method}", token["scope"], SCOPE)
            desk.report.equal(f"the token, {method}", desk.code(value, "read", "THING/a/b"), "allowed")
            seen = session.introspect_token(metadata["introspection_endpoint"], token=value).json()
            desk.report.equal(
                f"introspection, {method}", (seen["active"], seen["client_id"], seen["scope"]), (True, key.id, SCOPE)
            )
            answer = session.revoke_token(metadata["revocation_endpoint"], token=value)
            desk.report.equal(f"revocation, {method}", answer.status_code, 200)
            desk.report.equal(f"revoked, {method}", desk.code(value), "revoked")
            seen = session.introspect_token(metadata["introspection_endpoint"], token=value).json()
            desk.report.equal(f"revoked, introspected, {method}", seen, {"active": False})


def pyjwt_verifies_tokens_across_a_rotation(desk):
    metadata, key = _metadata(desk), _key(desk)
    keys = jwt.PyJWKClient(metadata["jwks_uri"])
    before = _token(desk, key)
    desk.report.equal("sub", _checked(desk, keys, before)["sub"], f"key:{key.id}")
    path = f"/admin/organizations/{desk.organization_id}/signing-keys"
    desk.report.equal("rotation", _rotate(desk, path, {}), 200)
    desk.report.equal("keys", len(_signing_keys(desk, path)), 2)
    fresh = jwt.PyJWKClient(metadata["jwks_uri"])
    published = {each.key_id for each in fresh.get_signing_keys()}
    for each in _signing_keys(desk, path):
        desk.report.true(f"{each['state']} is published", each["kid"] in published)
    for name, client in {"kept": keys, "fresh": fresh}.items():
        for token in (before, _token(desk, key)):
            desk.report.equal(f"sub, {name}", _checked(desk, client, token)["sub"], f"key:{key.id}")
    for algorithm in ("EdDSA", "ES256"):
        old = _token(desk, key)
        desk.report.equal(algorithm, _rotate(desk, path, {"algorithm": algorithm, "at_once": True}), 200)
        token = _token(desk, key)
        desk.report.equal("alg", jwt.get_unverified_header(token)["alg"], algorithm)
        fresh = jwt.PyJWKClient(metadata["jwks_uri"])
        desk.report.equal("sub after it", _checked(desk, fresh, token)["sub"], f"key:{key.id}")
        desk.report.raises("the former key", jwt.PyJWKClientError, lambda: _checked(desk, fresh, old))
        desk.report.equal("the former token", desk.code(old), "malformed")


def openid_client_and_jose_buy_verify_introspect_and_revoke(desk):
    key = _key(desk)
    nobody = jwt.algorithms.ECAlgorithm.from_jwk(FOREIGN)
    foreign = jwt.encode({"sub": "x"}, nobody, "ES256", {"kid": "x", "typ": "at+jwt"})
    said = {"url": desk.server.public_url, "id": key.id, "value": key.value, "foreign": foreign}
    done = subprocess.run(
        ["node", NODE / "check.mjs"], env={**os.environ, "CHECK": json.dumps(said)},
        capture_output=True, text=True, timeout=NODE_SECONDS_MAX,
    )
    desk.report.equal("findings", done.stdout.splitlines(), [])
    desk.report.equal("exit code", (done.returncode, done.stderr.strip()), (0, ""))


# The key of RFC 7515 appendix A.3: anybody's.
FOREIGN = {
    "kty": "EC", "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
}


def _key(desk):
    path = f"/admin/projects/{desk.project()}/api-keys"
    made = desk.call("POST", path, json.dumps({"name": "a client", "scopes": GRANTED}), version=None).json()
    return SimpleNamespace(id=made["key"]["id"], value=made["value"])


def _metadata(desk):
    return requests.get(f"{desk.server.public_url}/.well-known/oauth-authorization-server", timeout=60).json()


def _secure(value):
    return value.replace("http://", "https://", 1) if isinstance(value, str) else value


def _token(desk, key):
    form = {"grant_type": "client_credentials"}
    answer = requests.post(f"{desk.server.public_url}/oauth/token", form, auth=(key.id, key.value), timeout=60)
    return answer.json()["access_token"]


def _checked(desk, keys, token):
    url = desk.server.public_url
    signing = keys.get_signing_key_from_jwt(token)
    required = ["iss", "sub", "aud", "client_id", "iat", "exp", "jti"]
    return jwt.decode(
        token, signing, algorithms=["ES256", "EdDSA"], issuer=url, audience=f"{url}/api", options={"require": required}
    )


def _rotate(desk, path, fields):
    return desk.call("POST", path, json.dumps(fields), {"Content-Type": "application/json"}, version=None).status


def _signing_keys(desk, path):
    return desk.call("GET", path, version=None).json()["data"]
