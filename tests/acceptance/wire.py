"""Plain HTTP, with no header that the check did not ask for, and the door that verifies keys."""

import http.client
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

ANSWER_SECONDS_MAX = 60


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self):
        return json.loads(self.body)


class Wire:
    """One connection, kept open from request to request."""

    def __init__(self, base_url):
        self._connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=ANSWER_SECONDS_MAX)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()

    def request(self, method, path, body=None, headers=None):
        if isinstance(body, str):
            body = body.encode()
        self._connection.request(method, path, body, headers or {})
        response = self._connection.getresponse()
        return Answer(response.status, response.headers, response.read())

    def verify(self, value, action=None, resource=None):
        """The decision on a key, as the data listener answers it."""
        ask = {"key": value, "action": action, "resource": resource}
        ask = json.dumps({name: said for name, said in ask.items() if said is not None})
        answer = self.request("POST", "/v1/verify", ask, {"Content-Type": "application/json"})
        decision = answer.json()
        if answer.status != 200 or decision["allowed"] is not (decision["code"] == "allowed"):
            raise AssertionError(f"not a decision: {answer.status} {answer.body}")
        return decision
