"""The first command of the README: `./start`."""

import re
import socket
import subprocess
import tempfile
from pathlib import Path

from checks.values import KEY
from server import clean_environment

START = Path(__file__).parents[3] / "start"


def the_first_command_makes_and_verifies_a_key(desk):
    if desk.server.database_url:
        return  # It always uses the embedded database.
    public, data = (f"127.0.0.1:{port}" for port in _free_ports(2))
    with tempfile.TemporaryDirectory(prefix="keydesk-start-") as folder:
        environment = clean_environment(
            KEYDESK_BIN=str(desk.server.binary), KEYDESK_DATA=f"{folder}/data",
            KEYDESK_LISTEN=public, KEYDESK_URL=f"http://{public}",
            KEYDESK_DATA_LISTEN=data, KEYDESK_DATA_URL=f"http://{data}",
        )
        start = subprocess.Popen(
            [START, "--once"], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        try:
            output, _ = start.communicate()
        finally:
            if start.poll() is None:
                start.terminate()  # It stops its server itself.
                start.wait()
        if start.returncode != 0:
            raise RuntimeError(f"./start ended with {start.returncode}: {output}")
        desk.report.true("a key is shown", KEY.search(output))
        desk.report.true("it is allowed", re.search(r'"allowed"\s*:\s*true', output))
        desk.report.true("the credential is kept", Path(folder, "data", "first-run.json").exists())


def _free_ports(count):
    """Ports nobody has at the moment. All are held before any is given back, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
