"""Acceptance: the server as a process, used by published clients and over plain HTTP.

A check is a function in checks/ whose name is the guarantee; it takes a Desk. Nothing is printed for what holds.
"""

import argparse
import contextlib
import inspect
import os
import signal
import sys
import tempfile
from pathlib import Path

from checks import (
    gateway, graphql, keys, organizations, people, projects, published_clients, restart, revocation, role_bindings,
    roles, service_accounts, start, tokens, wire_format,
)
from database import throw_away_database
from desk import Desk
from report import Report
from server import Server

# `restart` comes after what it must not disturb.
MODULES = [
    tokens, organizations, projects, keys, roles, service_accounts, role_bindings, people, wire_format, revocation, graphql,
    published_clients, gateway, restart, start,
]
# A server that hangs must fail the run, not hold it for ever. No check depends on time otherwise.
RUN_SECONDS_MAX = 900


def main():
    parser = argparse.ArgumentParser(description="acceptance checks against a keydesk binary")
    parser.add_argument("--keydesk", required=True, type=Path, help="the binary")
    parser.add_argument("--database", required=True, choices=["sqlite", "postgres"])
    parser.add_argument("--database-url", help="postgres: any database of a role that may create databases")
    options = parser.parse_args()
    if (options.database == "postgres") != bool(options.database_url):
        parser.error("--database-url goes with --database postgres, and only with it")

    use_nothing_of_the_callers_settings()
    end_tidily_on_signals()
    report = Report()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="keydesk-acceptance-")))
        url = stack.enter_context(throw_away_database(options.database_url)) if options.database_url else None
        server = stack.enter_context(Server(options.keydesk.resolve(), folder / "data", url))
        finished = False
        try:
            with report.check("the run"):
                server.start()
                run_checks(report, Desk(report, server))
                report.equal("exit code on SIGTERM", server.stop(), 0)
            finished = True
        finally:
            if report.failed or not finished:
                server.kill()
                print("--- the server's stderr", *server.log, "---", sep="\n")
            print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


def run_checks(report, desk):
    for module in MODULES:
        for name, check in list(vars(module).items()):
            if inspect.isfunction(check) and check.__module__ == module.__name__ and not name.startswith("_"):
                with report.check(name):
                    check(desk)


def use_nothing_of_the_callers_settings():
    for name in list(os.environ):
        if name.startswith(("PINECONE_", "RUNPOD_", "KEYDESK_")) or name.lower().endswith("_proxy"):
            del os.environ[name]


def end_tidily_on_signals():
    """Turns signals into exceptions, so that the server is stopped and the database dropped."""

    def end(number, _frame):
        raise SystemExit(f"ended by {signal.Signals(number).name}")

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, end)
    signal.alarm(RUN_SECONDS_MAX)


if __name__ == "__main__":
    sys.exit(main())
