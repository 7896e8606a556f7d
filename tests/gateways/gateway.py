"""A real gateway with the configuration of deploy/, in which only addresses are changed."""

import json
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
START_SECONDS_MAX = 30
ANSWER_SECONDS_MAX = 60


@dataclass(frozen=True)
class Kind:
    name: str
    folder: str
    command: list
    """The status for two keys in one request."""
    several: int = 401
    """Whether a 503 of Keydesk arrives with its headers. Envoy makes an answer of its own of it."""
    hands_on_503: bool = True


def kinds(programs):
    """The gateways that are here; `programs` are paths by name."""
    envoy = lambda file: [programs["envoy"], "-c", file, "--disable-hot-restart", "-l", "error", "--concurrency", "1"]
    return [
        Kind("nginx", "nginx", [programs["nginx"], "-p", "./", "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"]),
        Kind("caddy", "caddy", [programs["caddy"], "run", "--config", "Caddyfile", "--adapter", "caddyfile"]),
        Kind("haproxy", "haproxy", [programs["haproxy"], "-f", "haproxy.cfg", "-db"]),
        Kind("envoy over HTTP", "envoy", envoy("http.yaml"), several=400, hands_on_503=False),
        Kind("envoy over gRPC", "envoy", envoy("grpc.yaml"), several=400),
    ]


class Gateway:
    """One gateway, running until the end of the `with` block."""

    def __init__(self, kind, folder, keydesk_port, upstream_port):
        self.kind = kind
        self.port = free_port()
        self._folder = folder / kind.name.replace(" ", "-")
        shutil.copytree(DEPLOY / kind.folder, self._folder)
        moved = {8000: self.port, 8081: keydesk_port, 9000: upstream_port}
        for path in self._folder.iterdir():
            text = path.read_text()
            for documented, real in moved.items():
                text = text.replace(f"127.0.0.1:{documented}", f"127.0.0.1:{real}")
                text = text.replace(f"port_value: {documented}", f"port_value: {real}")
                text = text.replace(f"http://:{documented}", f"http://:{real}")
            path.write_text(text)

    def __enter__(self):
        self._log = open(self._folder / "log", "wb")
        home = {"HOME": str(self._folder), "PATH": os.environ["PATH"]}
        self._process = subprocess.Popen(
            self.kind.command, cwd=self._folder, env=home, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
        )
        end = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError as error:
                if self._process.poll() is not None or time.monotonic() > end:
                    self.__exit__()
                    raise RuntimeError(f"{self.kind.name} does not start:\n{self.log()}") from error
                time.sleep(0.05)

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def log(self):
        return (self._folder / "log").read_text(errors="replace")[-4000:]

    def send(self, method, target, headers=(), body=b"", *, source="127.0.0.1", host="api.example.com"):
        """Exactly these bytes; header names are sent as they are written here."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        with socket.socket() as wire:
            wire.settimeout(ANSWER_SECONDS_MAX)
            wire.bind((source, 0))
            wire.connect(("127.0.0.1", self.port))
            # A gateway that refuses may close while the body is still on its way.
            try:
                wire.sendall(head)
                wire.sendall(body)
            except OSError:
                pass
            return Answer.read(wire)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict
    body: bytes

    @staticmethod
    def read(wire):
        received = b""
        try:
            while chunk := wire.recv(1 << 16):
                received += chunk
        except OSError:
            pass
        head, _, body = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        if len(first.split(" ")) < 2:
            return Answer(0, {}, b"")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines if ": " in line)}
        if headers.get("transfer-encoding") == "chunked":
            body = dechunked(body)
        return Answer(int(first.split(" ")[1]), headers, body)

    def arrived(self):
        """What the API says it was sent."""
        return json.loads(self.body)


def dechunked(body):
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size or b"0", 16)
        whole, body = whole + body[:length], body[length + 2:]
        if not length:
            break
    return whole


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
