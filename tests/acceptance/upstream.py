"""The API behind the gateway: serverless endpoints in the published shapes, without any workers."""

import json
import socketserver
import threading
from dataclasses import dataclass
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler

FINAL = {"id": "job-1", "status": "COMPLETED", "output": "done"}
ANSWERS = {
    "run": {"id": "job-1", "status": "IN_QUEUE"},
    "runsync": FINAL,
    "status": FINAL,
    "cancel": {"id": "job-1", "status": "CANCELLED"},
    "health": {"jobs": {"completed": 1, "failed": 0}, "workers": {"idle": 0, "running": 0}},
    "purge-queue": {"removed": 2, "status": "completed"},
    "echo": {},
}
EVENTS = 3
WAIT_SECONDS_MAX = 60


@dataclass
class Seen:
    line: str
    headers: HTTPMessage
    body: bytes


class Upstream:
    """Serves until the end of the `with` block; `seen` counts the requests, `last` is the newest."""

    def __init__(self):
        self.seen = 0
        self.last = None
        self.heard = threading.Semaphore(0)
        self._streamed = 0
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                upstream.seen += 1
                upstream.last = Seen(self.requestline, self.headers, self._read_body())
                what = self.path.split("?")[0].split("/")[3 if self.path.startswith("/v2/") else 2]
                if what == "events":
                    return self._say_events()
                said = upstream.stream() if what == "stream" else ANSWERS[what]
                body = json.dumps(said).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _say_events(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for number in range(EVENTS):
                    event = f"data: {number}\n\n".encode()
                    self.wfile.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
                    self.wfile.flush()
                    upstream.heard.acquire(timeout=WAIT_SECONDS_MAX)
                self.wfile.write(b"0\r\n\r\n")

            def _read_body(self):
                if "chunked" in self.headers.get("Transfer-Encoding", ""):
                    body = b""
                    while size := int(self.rfile.readline().split(b";")[0], 16):
                        body += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                    return body
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def stream(self):
        """Two pieces once, and then nothing more."""
        self._streamed += 1
        pieces = [{"output": "a"}, {"output": "b"}] if self._streamed == 1 else []
        return {"status": "COMPLETED", "stream": pieces}

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
