"""A PostgreSQL database of our own, made by psql and dropped at the end."""

import contextlib
import re
import secrets
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit


@contextlib.contextmanager
def throw_away_database(maintenance_url):
    name = f"keydesk_acceptance_{secrets.token_hex(6)}"
    execute(maintenance_url, f"create database {name}")
    try:
        yield urlunsplit(urlsplit(maintenance_url)._replace(path=f"/{name}"))
    finally:
        # A server that was killed may still have connections there.
        execute(maintenance_url, f"drop database {name} with (force)")


def execute(url, statement):
    command = [_find_psql(), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--command={statement}", url]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"psql could not {statement}: {done.stderr.strip()}")


def _find_psql():
    """Debian keeps PostgreSQL's commands by version: the newest, as ./test takes for the server."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/psql")
    newest = max(versions, key=lambda path: [int(part) for part in re.findall(r"\d+", str(path))], default=None)
    found = newest or shutil.which("psql")
    if not found:
        raise RuntimeError("psql is missing: it comes with PostgreSQL (Debian: apt-get install postgresql-client)")
    return str(found)
