"""The API behind the gateways: it answers with what it was sent, so that the checks see what arrived."""

import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler


class Upstream:
    """Serves until the end of the `with` block; `seen` counts the requests."""

    def __init__(self):
        self.seen = 0
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                upstream.seen += 1
                length = self._read_body()
                # The raw target and every header line, in order and by the name it came with.
                body = json.dumps({
                    "method": self.command, "target": self.path, "headers": self.headers.items(), "body_bytes": length,
                }).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _read_body(self):
                length = 0
                if "chunked" in self.headers.get("Transfer-Encoding", ""):
                    while size := int(self.rfile.readline().split(b";")[0], 16):
                        length += len(self.rfile.read(size))
                        self.rfile.readline()
                    self.rfile.readline()
                    return length
                left = int(self.headers.get("Content-Length", 0))
                while left and (chunk := self.rfile.read(min(left, 1 << 20))):
                    length += len(chunk)
                    left -= len(chunk)
                return length

            do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                """A gateway that resets a connection is none of the API's business."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
