"""Signing in with a service account's credential."""

import json

from pinecone.errors import ApiError, UnauthorizedError

AUDIENCE = "https://api.pinecone.io/"


def a_wrong_secret_is_refused_in_the_servers_words(desk):
    wrong = {**desk.first_run, "client_secret": desk.first_run["client_secret"][:-1] + "?"}
    answer = desk.ask_for_token(_body(wrong), {"Content-Type": "application/json"})
    desk.report.equal("status", answer.status, 401)
    desk.report.equal("error", answer.json()["error"], "invalid_client")
    description = answer.json()["error_description"]
    desk.report.true("a description", description.strip())
    desk.report.raises("Admin()", ApiError, lambda: desk.client(wrong), status=401, text=description)


def an_unknown_client_is_refused_like_a_wrong_secret(desk):
    answers = [
        desk.ask_for_token(_body({**desk.first_run, name: "wrong"}), {"Content-Type": "application/json"})
        for name in ("client_id", "client_secret")
    ]
    desk.report.equal("status and body", *[(answer.status, answer.body) for answer in answers])
    stranger = {**desk.first_run, "client_id": "wrong"}
    desk.report.raises("Admin()", ApiError, lambda: desk.client(stranger), status=401)


def a_token_is_given_for_json_and_for_a_form(desk):
    form = "grant_type=client_credentials&audience=https%3A%2F%2Fapi.pinecone.io%2F&client_id={}&client_secret={}"
    form = form.format(desk.first_run["client_id"], desk.first_run["client_secret"])
    for kind, body in {
        "application/json": _body(desk.first_run),
        "application/x-www-form-urlencoded": form,
        "application/x-www-form-urlencoded;charset=UTF-8": form,
    }.items():
        answer = desk.ask_for_token(body, {"Content-Type": kind})
        desk.report.equal(f"status for {kind}", answer.status, 200)
        desk.report.equal(f"token type for {kind}", answer.json()["token_type"].lower(), "bearer")
        desk.report.true(f"lifetime for {kind}", answer.json()["expires_in"] > 0)
        desk.report.equal(f"Cache-Control for {kind}", answer.headers["Cache-Control"], "no-store")
        used = desk.call("GET", "/admin/projects", token=answer.json()["access_token"])
        desk.report.equal(f"use of the token for {kind}", used.status, 200)


def without_a_valid_token_nothing_is_told(desk):
    forged = desk.token()[:-4] + "AAAA"
    for token in ("nonsense", forged):
        stranger = desk.client(desk.first_run, additional_headers={"Authorization": f"Bearer {token}"})
        desk.report.raises("projects.list", UnauthorizedError, stranger.projects.list, status=401)
        desk.report.raises(
            "api_keys.describe", UnauthorizedError, lambda: stranger.api_keys.describe(api_key_id="any"), status=401
        )


def _body(credential):
    named = {name: credential[name] for name in ("client_id", "client_secret")}
    return json.dumps({**named, "grant_type": "client_credentials", "audience": AUDIENCE})
