"""The server under test, as a process."""

import json
import os
import re
import sqlite3
import subprocess
import threading

from database import execute

STOP_SECONDS_MAX = 60
ADDRESSES = re.compile(r"public listener on (\S+) .*data listener on (\S+)")
GATEWAY = re.compile(r"gateway on (\S+)")


class Server:
    def __init__(self, binary, data, database_url, flags=()):
        self.binary = binary
        self.data = data
        self.database_url = database_url
        self.flags = flags
        self.log = []
        self.public_url = self.data_url = self.gateway_url = None
        self._process = self._drain = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def start(self):
        """Starts it and waits for its line `ready`."""
        listen = ["--listen", "127.0.0.1:0", "--data-listen", "127.0.0.1:0"]
        self._process = subprocess.Popen(
            [self.binary, "serve", *self._storage(), *listen, *self.flags],
            env=clean_environment(), cwd=self.data.parent, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
        )
        for line in self._process.stderr:
            self._keep(line)
            if addresses := ADDRESSES.search(line):
                self.public_url, self.data_url = ("http://" + found.rstrip(",") for found in addresses.groups())
            if address := GATEWAY.search(line):
                self.gateway_url = f"http://{address[1]}"
            if line == "ready\n":
                break
        else:
            raise RuntimeError(f"the server ended with {self._process.wait()} before it was ready")
        # Read on, or the server would stand still once the pipe is full.
        self._drain = threading.Thread(target=self._keep_all, args=[self._process.stderr], daemon=True)
        self._drain.start()

    def stop(self):
        """Asks it to end and returns its exit code; a negative number is the signal that ended it."""
        self._process.terminate()
        try:
            return self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._drain.join()

    def kill(self):
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._drain:
            self._drain.join()

    def first_run(self):
        """What the first start wrote: ids and the first credential."""
        return json.loads((self.data / "first-run.json").read_text())

    def create_organization(self, name, plan):
        """Makes another organization beside the running server and returns what the command prints."""
        command = [self.binary, "organization", "create", *self._storage(), "--name", name, "--plan", plan, "--json"]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"organization create ended with {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)

    def add_resource(self, address, project_id):
        """Registers what only the operator may, beside the running server."""
        command = [self.binary, "resource", "add", address, *self._storage(), "--project", project_id]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"resource add ended with {done.returncode}: {done.stderr}")

    def execute(self, *statements):
        """Does this to the database behind the server's back."""
        if self.database_url:
            for statement in statements:
                execute(self.database_url, statement)
            return
        connection = sqlite3.connect(self.data / "keydesk.db", timeout=STOP_SECONDS_MAX)
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def _storage(self):
        return ["--data", self.data, *(["--database-url", self.database_url] if self.database_url else [])]

    def _keep_all(self, lines):
        for line in lines:
            self._keep(line)

    def _keep(self, line):
        self.log.append(line.rstrip("\n"))


def clean_environment(**more):
    """Only what a program needs to run; nothing of the caller's may change what is tested."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return {**kept, **more}
